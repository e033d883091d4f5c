import Spectra

/// C19: Lyapunov exponents of products of Gaussian matrices.
enum LyapunovRows {
  static let tasks = [smallest, largest, mean]

  private static let source =
    "Newman 1986, The distribution of Lyapunov exponents: exact results for random matrices, Comm. Math. Phys. 103"

  private static func line(_ name: String, _ quantity: String, settings: String, published: Double) -> ReproductionLine
  {
    ReproductionLine(
      "C19.\(name)", source: source, quantity: quantity, settings: settings, published: .value(published),
      criterion: .standardErrors(3))
  }

  private static func exact(_ size: Int) -> [Double] {
    // No size here is out of range.
    (try? GaussianLyapunovExponents.exponents(size: size)) ?? []
  }

  private static func configuration(width: Int, depth: Int, networks: Int) -> Configuration {
    var configuration = Configuration.fullyConnected(
      width: width, depth: depth, networks: networks, method: .resolved)
    (configuration.activation, configuration.initializer) = (.linear, .gaussian)
    return configuration
  }

  /// The exponents of each network, descending.
  private static func exponents(
    _ workspace: ReproductionWorkspace, width: Int, depth: Int, networks: Int
  ) throws -> [[Double]] {
    try workspace.spectra(of: configuration(width: width, depth: depth, networks: networks)).map { spectrum in
      guard let exponents = spectrum.lyapunovExponents, exponents.count == width else {
        throw ReproductionFailure("A resolved spectrum has no Lyapunov exponents.")
      }
      return exponents
    }
  }

  // So deep that an exponent's standard deviation is a tenth of its distance from the next: their order is the law's.
  private static let smallest = ReproductionTask(
    (0..<4).map { index in
      line(
        "n4-\(index + 1)", "λ_\(index + 1) of 4 × 4 matrices of N(0, 1/4), a layer",
        settings: "1000 linear layers, 20 networks, resolved", published: exact(4)[index])
    }
  ) { workspace in
    let found = try exponents(workspace, width: 4, depth: 1000, networks: 20)
    return (0..<4).map { index in MeasuredValue(meanOf: found.map { $0[index] }) }
  }

  private static let largest = ReproductionTask(
    line(
      "n50-50", "λ_50 of 50 × 50 matrices of N(0, 1/50), a layer",
      settings: "100 linear layers, 20 networks, resolved", published: exact(50)[49])
  ) { workspace in
    MeasuredValue(meanOf: try exponents(workspace, width: 50, depth: 100, networks: 20).map { $0[49] })
  }

  private static let mean = ReproductionTask(
    line(
      "mean-256", "mean of ln σ a layer, 256 × 256 matrices of N(0, 1/256)",
      settings: "8 linear layers, 10 networks, resolved",
      published: (try? GaussianLyapunovExponents.mean(size: 256)) ?? .nan)
  ) { workspace in
    let spectra = try workspace.spectra(of: configuration(width: 256, depth: 8, networks: 10))
    return MeasuredValue(meanOf: spectra.map { $0.logSingularValues.reduce(0, +) / (256 * 8) })
  }
}
