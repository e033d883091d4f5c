import Foundation
import Testing

@testable import Spectra

/// Spectra of one's own layers by either method, and what the command's records say of them.
@Suite("Spectra by either method")
struct SpectrumOfLayerTests {
  /// A linear map of a given matrix, as many times as there are layers.
  struct Power: Layer {
    typealias Scalar = Double
    var linear: Linear<Double>
    var depth: Int

    func callAsFunction<S: Signal>(_ x: S) -> S where S.Scalar == Double {
      (0..<depth).reduce(x) { x, _ in linear(x) }
    }
  }

  /// Powers of diag(1, 1/8, 1/64): ln σ = −k · depth · ln 8, exactly in both methods' inputs.
  static func power(_ depth: Int) -> Power {
    Power(linear: Linear(weight: Tensor(rows: [[1, 0, 0], [0, 0.125, 0], [0, 0, 0.015625]])), depth: depth)
  }

  static let input = Tensor<Double>(rows: [[1, 2, 3]])

  @Test(
    "auto keeps the dense Jacobian's values where it sees them all, else it resolves", arguments: [1, 4, 5, 40, 400])
  func auto(depth: Int) throws {
    let spectrum = try Spectrum(ofJacobianOf: Self.power(depth), at: Self.input)
    // 8⁻²ᵈ stands a factor 10⁸ above 3 · eps up to d = 3.
    #expect(spectrum.method == (depth <= 3 ? .product : .resolved))
    for (k, value) in spectrum.logSingularValues.enumerated() {
      // Each factor adds a rounding of a few eps, and sums of logarithms one of eps of their size.
      #expect(abs(value + Double(k * depth) * 8.0.logarithm) < 1e-11, "\(value)")
    }
    #expect(spectrum.logSingularValues.count == 3)
  }

  @Test("A method that is named is used")
  func named() throws {
    let product = try Spectrum(ofJacobianOf: Self.power(40), at: Self.input, method: .product)
    #expect(product.method == .product && product.logSingularValues.count == 1)
    #expect(product.lyapunovExponents == nil && product.noiseFloor != nil)
    let resolved = try Spectrum(ofJacobianOf: Self.power(2), at: Self.input, method: .resolved, layers: 2, threads: 2)
    #expect(resolved.method == .resolved && resolved.noiseFloor == nil)
    for (k, value) in (resolved.lyapunovExponents ?? []).enumerated() {
      // |ln R_ii| of two factors differs from ln σ by the random basis, the sum over all does not.
      #expect(abs(value + Double(k) * 8.0.logarithm) < 3)
    }
    let sum = try #require(resolved.lyapunovExponents).reduce(0, +)
    #expect(abs(sum + 3 * 8.0.logarithm) < 1e-12)
  }

  @Test("What no double can hold is resolved, and is an error of the product")
  func range() throws {
    // 2⁻¹²⁰⁰ and 2⁻²⁴⁰⁰ are below the smallest double.
    #expect(try Spectrum(ofJacobianOf: Self.power(400), at: Self.input).zeros == 0)
    #expect(try Spectrum(ofJacobianOf: Self.power(400), at: Self.input, method: .product).zeros == 2)
    var growing = Self.power(1100)
    growing.linear = Linear(weight: Tensor(rows: [[2, 0, 0], [0, 2, 0], [0, 0, 2]]))
    let zero = Tensor<Double>(rows: [[0, 0, 0]])
    #expect(throws: LinearAlgebraError.self) { try Spectrum(ofJacobianOf: growing, at: zero, method: .product) }
    let resolved = try Spectrum(ofJacobianOf: growing, at: zero)
    #expect(resolved.logSingularValues.allSatisfy { abs($0 - 1100 * 2.0.logarithm) < 1e-9 })
  }

  @Test("Records say which method found them, layer by layer, and read back")
  func records() throws {
    let configuration = Configuration.small {
      ($0.architectures, $0.depths, $0.layers, $0.precision) = ([.postLN, .preLN], [3], .all, .float)
      $0.samples = 1
    }
    let record = try Experiment(configuration).run(threads: 1)
    #expect(record.spectra.allSatisfy { $0.spectrum?.method == .resolved && $0.spectrum?.precisionName == "double" })
    #expect(record.configuration.precision == .float && record.configuration.method == .auto)
    for spectrum in record.spectra.compactMap(\.spectrum) {
      #expect(spectrum.noiseFloor == nil && spectrum.unresolvedLogSingularValues.isEmpty)
      #expect(spectrum.lyapunovExponents?.count == spectrum.logSingularValues.count)
    }
    let text = try JSONReport().text(of: record)
    let decoded = try JSONDecoder().decode(RunRecord<Configuration>.self, from: Data(text.utf8))
    #expect(decoded.spectra == record.spectra)
    #expect(try JSONReport().text(of: decoded) == text)
  }
}

extension Double {
  fileprivate var logarithm: Double { Foundation.log(self) }
}
