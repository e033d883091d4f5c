import Foundation
import RealModule
import SpectraDifferentiation
import SpectraLinearAlgebra
import Testing

@testable import SpectraNetworks

@Suite("Normalisers")
struct NormalizerTests {
  @Test("J against complex steps through the plain equations", arguments: NormCase.all)
  func complexSteps(norm: NormCase) {
    for (tokens, features) in [(3, 5), (5, 3), (1, 6), (8, 7)] {
      let x: Tensor<Double> = NormCase.input(tokens, features)
      let linearization = Linearization(of: norm.layer(features: features), at: x)
      let point = (0..<tokens).map { row in (0..<features).map { x[row, $0] } }
      let value = norm.plain(point.map { $0.map { .init($0) } }, at: point).joined().map(\.real)
      // A dozen rounded operations of elements of size up to ten on both sides. Of a single token BatchNorm is 0 and FRN's
      // slope is ε/s³, in the plain equation a difference of numbers of size 1/s < 10.
      #expect(largestDifference(linearization.output, Tensor(shape: x.shape, elements: value)) <= 1e-14)
      let j = linearization.jacobian()
      let scale = max(1, j.maximumMagnitude)
      #expect(largestDifference(j, norm.plainJacobian(at: x)) <= 1e-13 * scale, "\(tokens) × \(features)")
    }
  }

  @Test("Single precision agrees with double to its own rounding", arguments: NormCase.all)
  func single(norm: NormCase) {
    let (double, single): (Tensor<Double>, Tensor<Float>) = (NormCase.input(5, 6), NormCase.input(5, 6))
    let (j, k) = (
      SpectraDifferentiation.jacobian(of: norm.layer(features: 6), at: double),
      SpectraDifferentiation.jacobian(of: norm.layer(features: 6), at: single)
    )
    // As for the primitives: some tens of roundings of the largest element.
    #expect(largestDifference(k.converted(), j) <= 100 * Double(Float.ulpOfOne) * max(1, j.maximumMagnitude))
  }

  @Test("Which tokens a token's result depends on", arguments: NormCase.all)
  func coupling(norm: NormCase) {
    let (tokens, features) = (4, 3)
    let j = SpectraDifferentiation.jacobian(
      of: norm.layer(features: features, isOpen: true, as: Double.self), at: NormCase.input(tokens, features))
    for row in 0..<j.rows {
      for column in 0..<j.columns {
        let isSameToken = row / features == column / features
        let isSameFeature = row % features == column % features
        if norm.normalizer.name.couplesTokens {
          #expect((j[row, column] != 0) == isSameFeature)
        } else if !isSameToken {
          #expect(j[row, column] == 0)
        }
      }
    }
  }

  @Test(
    "Without ε the scale of the input is not seen, to the ends of the range", arguments: NormCase.all,
    [1e-300, 1e-160, 1e-150, 1e100, 1e160, 1e300])
  func scale(norm: NormCase, scale: Double) {
    let x: Tensor<Double> = NormCase.input(5, 4)
    let layer: any Layer<Double> = norm.with(epsilon: 0).layer(features: 4)
    let (unit, scaled) = (Linearization(of: layer, at: x), Linearization(of: layer, at: x.scaled(by: scale)))
    // Elements of size about 1, each of a few rounded operations; J scales with the reciprocal of the input's scale.
    #expect(largestDifference(unit.output, scaled.output) <= 1e-14)
    let j = unit.jacobian()
    #expect(largestDifference(j, scaled.jacobian().scaled(by: scale)) <= 1e-13 * max(1, j.maximumMagnitude))
  }

  @Test("A row of equal elements is its bias, and J is that of the centred row over √ε")
  func constantRow() {
    let x = Tensor<Double>(shape: [2, 4], repeating: 3)
    for norm in NormCase.all where norm.normalizer.name != .rmsnorm && norm.normalizer.name != .frn {
      let linearization = Linearization(of: norm.layer(features: 4, as: Double.self), at: x)
      let j = linearization.jacobian()
      #expect(j.isFinite, "\(norm.testDescription)")
      let hasBias = norm.normalizer.name.weights.contains(.bias)
      for (index, value) in linearization.output.elements.enumerated() {
        #expect(value == (hasBias ? NormCase.weight(.bias, 4)[index % 4] : 0))
      }
    }
    let j = SpectraDifferentiation.jacobian(of: LayerNormSimple<Double>(), at: Tensor(shape: [1, 4], repeating: 3))
    let expected = Tensor<Double>(rows: 4, columns: 4) { (($0 == $1 ? 1 : 0) - 0.25) / 1e-5.squareRoot() }
    #expect(largestDifference(j, expected) <= 1e-13 * expected.maximumMagnitude)
  }

  // MARK: Names

  @Test("Names, weights and layers at initialisation fit one another", arguments: NormalizerName.allCases)
  func names(name: NormalizerName) throws {
    #expect(!name.equation.isEmpty && !name.source.isEmpty)
    let x: Tensor<Double> = NormCase.input(3, 4)
    guard let layer: any Layer<Double> = Variant<NormalizerName>(name).layer(features: 4) else {
      #expect(name == .none)
      return
    }
    let weights = name.weights.map { ($0, Tensor<Double>(shape: [4], repeating: $0.initialValue)) }
    let same = try #require(
      Variant<NormalizerName>(name).setting("eps", name.defaultEpsilon).layer(
        features: 4, weights: Dictionary(uniqueKeysWithValues: weights)) as (any Layer<Double>)?)
    #expect(layer(x) == same(x))
    let initial: Tensor<Double>
    switch name {
    case .layernorm: initial = LayerNorm(features: 4)(x)
    case .layernormSimple: initial = LayerNormSimple()(x)
    case .detachnorm: initial = DetachNorm()(x)
    case .adanorm: initial = AdaNorm()(x)
    case .rmsnorm: initial = RMSNorm(features: 4)(x)
    case .batchnorm: initial = BatchNorm(features: 4)(x)
    case .frn: initial = FilterResponseNorm(features: 4)(x)
    case .none: initial = x
    }
    #expect(layer(x) == initial)
  }

  @Test("Settings survive JSON")
  func coding() throws {
    for norm in NormCase.all {
      let data = try JSONEncoder().encode(norm.normalizer)
      #expect(try JSONDecoder().decode(Variant<NormalizerName>.self, from: data) == norm.normalizer)
    }
  }
}
