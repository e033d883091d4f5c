import RealModule

@testable import SpectraLinearAlgebra

/// A precision as a test argument.
enum Precision: String, CaseIterable, Sendable {
  case float, double
}

/// Matrices that need no random numbers: sines of a quadratic phase have no structure that a test could profit from.
func wave<Scalar: NetworkScalar>(_ rows: Int, _ columns: Int, phase: Int = 0) -> Tensor<Scalar> {
  Tensor(rows: rows, columns: columns) { row, column in
    let (i, j, phase) = (Double(row), Double(column), Double(phase))
    return Scalar(Double.sin(1.7 * phase + 0.9 * i * (j + 1) + 2.3 * j + 0.4 * i * i))
  }
}

/// The reflection 1 − 2vvᵀ/(vᵀv), orthogonal to rounding, with a v of no special direction.
func reflection<Scalar: NetworkScalar>(_ size: Int, phase: Int) -> Tensor<Scalar> {
  let v: [Double] = (0..<size).map { .cos(Double(phase) + 0.7 * Double($0) * Double($0 + phase)) + 0.1 }
  let square = v.reduce(0) { $0 + $1 * $1 }
  return Tensor(rows: size, columns: size) { row, column in
    Scalar((row == column ? 1 : 0) - 2 * v[row] * v[column] / square)
  }
}

/// A matrix with given singular values on its diagonal and zeros elsewhere.
func diagonal<Scalar: NetworkScalar>(_ values: [Double], _ rows: Int, _ columns: Int) -> Tensor<Scalar> {
  Tensor(rows: rows, columns: columns) { row, column in row == column ? Scalar(values[row]) : 0 }
}

/// The largest difference of two tensors' elements; infinite where shapes differ or an element is NaN.
func distance<Scalar: NetworkScalar>(_ x: Tensor<Scalar>, _ y: Tensor<Scalar>) -> Scalar {
  guard x.shape == y.shape else { return .infinity }
  return zip(x.elements, y.elements).reduce(0) { farthest, pair in
    let difference = abs(pair.0 - pair.1)
    return difference.isNaN ? .infinity : max(farthest, difference)
  }
}
