public import SpectraLinearAlgebra

/// What the products of queries and keys are multiplied by before the softmax.
///
/// Its text is `inverse-sqrt`, `inverse` or a number.
public enum AttentionScale: Sendable, Hashable, Codable {
  /// 1/√d_head (Vaswani et al. 2017).
  case inverseSquareRoot
  /// 1/d_head, with which scores keep their size at any width once queries and keys are correlated: the maximal update
  /// parametrisation, Yang et al. 2022, arXiv 2203.03466.
  case inverse
  /// A number, whatever the head's size: 1 for unscaled products.
  case number(Double)

  /// The factor for heads of so many features.
  public func value<Scalar: NetworkScalar>(headSize: Int, as: Scalar.Type = Scalar.self) -> Scalar {
    switch self {
    case .inverseSquareRoot: 1 / Scalar(headSize).squareRoot()
    case .inverse: 1 / Scalar(headSize)
    case .number(let number): Scalar(number)
    }
  }
}

extension AttentionScale: RawRepresentable {
  /// The scale of a text; nil where it is neither `inverse-sqrt` nor `inverse` nor a finite number.
  public init?(rawValue: String) {
    switch rawValue {
    case "inverse-sqrt": self = .inverseSquareRoot
    case "inverse": self = .inverse
    default:
      guard let number = Double(rawValue), number.isFinite else { return nil }
      self = .number(number)
    }
  }

  public var rawValue: String {
    switch self {
    case .inverseSquareRoot: "inverse-sqrt"
    case .inverse: "inverse"
    case .number(let number): Int(exactly: number).map { "\($0)" } ?? "\(number)"
    }
  }
}
