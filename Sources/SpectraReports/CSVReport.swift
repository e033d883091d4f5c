public import SpectraAnalysis

/// The statistics of every sample as a tidy table (RFC 4180 with `\n`): one row per architecture, depth, layer, sample
/// and statistic.
///
/// After the statistics of the JSON come the counts `live`, `zeros` and `unresolved`. A statistic without a value, and
/// every statistic of a sample that gave no spectrum, is an empty field, so that no sample disappears from the table. The
/// last column is the method that found the spectrum.
///
/// Where a run has theory, rows of each panel as a whole follow, without a sample: `theory_…` for what the law says,
/// `measured_…` for the same of all samples together, and the distance of the two.
public struct CSVReport: Report {
  public init() {}

  public func text<Configuration>(of record: RunRecord<Configuration>) -> String {
    var text = "architecture,depth,layer,sample,statistic,value,method\n"
    for spectrum in record.spectra {
      let lead = "\(Self.field(spectrum.architecture)),\(spectrum.depth),\(spectrum.layer),\(spectrum.sample)"
      let method = spectrum.spectrum?.method.rawValue ?? ""
      for statistic in Statistic.allCases {
        text += "\(lead),\(statistic.rawValue),\(Self.field(spectrum.statistics?[statistic])),\(method)\n"
      }
      let counts = [
        ("live", spectrum.spectrum?.logSingularValues.count), ("zeros", spectrum.spectrum?.zeros),
        ("unresolved", spectrum.spectrum?.unresolved),
      ]
      for (name, count) in counts { text += "\(lead),\(name),\(count.map(\.description) ?? ""),\(method)\n" }
    }
    for theory in record.theory ?? [] { text += Self.rows(of: theory) }
    return text
  }

  /// What theory says of a panel; its method is `theory`.
  private static func rows(of theory: TheoryRecord) -> String {
    let lead = "\(field(theory.panel.architecture)),\(theory.panel.depth),\(theory.panel.layer),"
    let (law, comparison) = (theory.prediction, theory.comparison)
    let numbers: [(String, Double?)] = [
      ("theory_distance", comparison?.distance), ("theory_p_value", comparison?.pValue),
      ("theory_z_score", comparison?.zScore), ("theory_log_mean_squared", law?.logMeanSquared),
      ("theory_mean_log", law?.meanLog), ("theory_variance_log", law?.varianceLog),
      ("theory_log_upper_edge", law?.logUpperEdge), ("theory_zero_share", law?.curve.zeroMass),
      ("measured_variance_log", comparison?.varianceLog), ("measured_log_upper_edge", comparison?.logUpperEdge),
    ]
    return numbers.reduce(into: "") { text, number in
      text += "\(lead),\(number.0),\(field(number.1)),theory\n"
    }
  }

  /// A number with all of its digits; an empty field where there is none.
  package static func field(_ number: Double?) -> String { number.flatMap(\.ifFinite)?.description ?? "" }

  static func field(_ string: String) -> String {
    guard string.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else { return string }
    return "\"" + string.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
  }
}
