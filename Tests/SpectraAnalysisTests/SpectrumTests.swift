import SpectraAnalysis
import SpectraLinearAlgebra
import Testing

@Suite struct SpectrumTests {
  @Test func sortsLiveUnresolvedAndZero() throws {
    let spectrum = try Spectrum(
      singularValues: [0, 3.0, 1e-17, 0.5, 1.5, 1.0, 0.25, 1e-3], rows: 8, columns: 8)
    #expect(spectrum.logSingularValues == [3.0, 1.5, 1.0, 0.5, 0.25, 1e-3].map { Double.log($0) })
    #expect(spectrum.unresolvedLogSingularValues == [Double.log(1e-17)])
    #expect(spectrum.zeros == 1 && spectrum.unresolved == 1 && spectrum.count == 8)
    #expect(spectrum.method == .product && spectrum.precisionName == "double")
    // ln(8 · 2⁻⁵² · 3) and 8 · 2⁻⁵² · 3 / 10⁻³ by mpmath; a few ulps of the logarithm, of size 33, remain.
    #expect(abs(try #require(spectrum.noiseFloor) - -32.865_599_558_769_210_5) < 2e-14)
    #expect(abs(try #require(spectrum.logError) - 5.329_070_518_200_751_28e-12) < 1e-25)
    #expect(spectrum.unresolvedBelow == spectrum.noiseFloor)
  }

  @Test func usesThePrecisionAndTheLargerSideOfTheMatrix() throws {
    let spectrum = try Spectrum(singularValues: [2, 1, 0.25] as [Float], rows: 3, columns: 4)
    #expect(spectrum.precisionName == "float" && spectrum.count == 3)
    #expect(abs(try #require(spectrum.noiseFloor) - -13.862_943_611_198_906_2) < 1e-14)
    #expect(abs(try #require(spectrum.logError) - 3.814_697_265_625e-6) < 1e-19)
    #expect(spectrum.unresolvedBelow == nil)
  }

  @Test func aValueAtTheFloorIsUnresolved() throws {
    // 4 · 2⁻⁵² · 1 = 2⁻⁵⁰; logarithms of neighbours of a power of two differ by less than their own rounding, so the
    // values beside it are 1 % away.
    let floor = 0x1p-50
    for (value, live) in [(floor * 0.99, 1), (floor, 1), (floor * 1.01, 2)] {
      let spectrum = try Spectrum(singularValues: [1, value, 0, 0], rows: 4, columns: 4)
      #expect(spectrum.logSingularValues.count == live && spectrum.zeros == 2)
    }
  }

  @Test func zeroMatrixHasOnlyZeros() throws {
    let spectrum = try Spectrum(of: Tensor<Double>(shape: [3, 5], repeating: 0))
    #expect(spectrum.zeros == 3 && spectrum.logSingularValues.isEmpty && spectrum.unresolved == 0)
    #expect(spectrum.noiseFloor == nil && spectrum.logError == nil && spectrum.unresolvedBelow == nil)
  }

  @Test(arguments: [1.0, 1e-300, 1e150])
  func decomposesAJacobian(_ scale: Double) throws {
    // A diagonal with a permutation: σ = scale · (4, 2, 1), exactly representable logarithms apart.
    let jacobian = Tensor(rows: [[0, 0, 2, 0], [-4, 0, 0, 0], [0, 1, 0, 0]].map { $0.map { scale * $0 } })
    let spectrum = try Spectrum(of: jacobian)
    #expect(spectrum.rows == 3 && spectrum.columns == 4 && spectrum.zeros == 0 && spectrum.unresolved == 0)
    for (found, expected) in zip(spectrum.logSingularValues, [4.0, 2, 1]) {
      // The decomposition's error 4 · eps · σ₁/σ, at most 16 eps, and the rounding of logarithms of size below 700.
      #expect(abs(found - Double.log(scale * expected)) < 1e-12)
    }
  }

  @Test func emptyJacobianIsASpectrumWithoutValues() throws {
    let spectrum = try Spectrum(singularValues: [Double](), rows: 0, columns: 4)
    #expect(spectrum.count == 0)
    #expect(Statistic.allCases.allSatisfy { IsometryStatistics(spectrum)[$0] == nil })
  }

  @Test func refusesWhatIsNoSpectrum() {
    #expect(throws: SpectrumError.wrongCounts(live: 2, zeros: 0, unresolved: 0, rows: 3, columns: 3)) {
      try Spectrum(singularValues: [1.0, 2.0], rows: 3, columns: 3)
    }
    #expect(throws: SpectrumError.negative(value: -1)) { try Spectrum(singularValues: [1, -1.0], rows: 2, columns: 2) }
    #expect(throws: SpectrumError.notFinite(quantity: "singular value", value: .infinity)) {
      try Spectrum(singularValues: [Float.infinity], rows: 1, columns: 1)
    }
    #expect(throws: SpectrumError.self) { try Spectrum(singularValues: [Double.nan], rows: 1, columns: 1) }
    #expect(throws: LinearAlgebraError.self) { try Spectrum(of: Tensor<Double>(shape: [2, 2], repeating: .nan)) }
    #expect(throws: SpectrumError.self) {
      try Spectrum(method: .resolved, precisionName: "double", rows: 2, columns: 2, logSingularValues: [0], zeros: -1)
    }
    #expect(throws: SpectrumError.wrongUnresolvedCount(given: 1, unresolved: 2)) {
      try Spectrum(
        method: .resolved, precisionName: "double", rows: 2, columns: 2, logSingularValues: [],
        unresolvedLogSingularValues: [-9], unresolved: 2)
    }
    #expect(throws: SpectrumError.self) {
      try Spectrum(
        method: .resolved, precisionName: "double", rows: 1, columns: 1, logSingularValues: [0],
        lyapunovExponents: [-.infinity])
    }
  }
}
