import ArgumentParser
import Spectra

/// How spectra are computed and shown.
struct NumberOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "product (singular values of the dense Jacobian, blind below its noise floor), resolved (of the layers' product, "
        + "accurate however small) or auto (product where it sees every value, else resolved) (auto).",
      valueName: "name"), completion: .name(of: MethodChoice.self))
  var method: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "After which layers the Jacobian is taken: all, last, or numbers from 1 (last).", valueName: "l,m,..."),
    completion: .list(["all", "last"]))
  var layers: String?

  @Option(
    help: ArgumentHelp(
      "double or float (double). Resolved spectra are computed in double, from weights and input rounded to this.",
      valueName: "name"), completion: .name(of: Precision.self))
  var precision: String?

  @Option(parsing: .unconditional, help: ArgumentHelp("Bins of the histogram (40).", valueName: "n"))
  var bins: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Ends of the histogram's axis, as -11,4, or auto: all but far outliers (auto).", valueName: "lo,hi"))
  var range: String?

  @Option(
    name: .customLong("log-base"),
    help: ArgumentHelp("Base of the histogram's logarithm: 10 or e (10).", valueName: "base"),
    completion: .name(of: HistogramAxis.LogBase.self))
  var logBase: String?

  /// Puts what was named into a configuration.
  func apply(to configuration: inout Configuration) throws {
    if let method { configuration.method = try Names.parse(method, option: "method") }
    if let layers {
      guard let selection = LayerSelection(text: layers) else {
        throw UsageError("--layers '\(layers)' is none of all, last and a list of layers such as 1,4,12.")
      }
      configuration.layers = selection
    }
    if let precision { configuration.precision = try Names.parse(precision, option: "precision") }
    if let bins { configuration.bins = bins }
    if let range { configuration.range = try Names.parseRange(range) }
    if let logBase { configuration.logBase = try Names.parse(logBase, option: "log-base") }
  }
}
