public import SpectraAnalysis

/// The statistics of every sample as a tidy table (RFC 4180 with `\n`): one row per architecture, depth, layer, sample
/// and statistic.
///
/// After the statistics of the JSON come the counts `live`, `zeros` and `unresolved`. A statistic without a value, and
/// every statistic of a sample that gave no spectrum, is an empty field, so that no sample disappears from the table. The
/// last column is the method that found the spectrum.
public struct CSVReport: Report {
  public init() {}

  public func text<Configuration>(of record: RunRecord<Configuration>) -> String {
    var text = "architecture,depth,layer,sample,statistic,value,method\n"
    for spectrum in record.spectra {
      let lead = "\(Self.field(spectrum.architecture)),\(spectrum.depth),\(spectrum.layer),\(spectrum.sample)"
      let method = spectrum.spectrum?.method.rawValue ?? ""
      for statistic in Statistic.allCases {
        text += "\(lead),\(statistic.rawValue),\(spectrum.statistics?[statistic].map(\.description) ?? ""),\(method)\n"
      }
      let counts = [
        ("live", spectrum.spectrum?.logSingularValues.count), ("zeros", spectrum.spectrum?.zeros),
        ("unresolved", spectrum.spectrum?.unresolved),
      ]
      for (name, count) in counts { text += "\(lead),\(name),\(count.map(\.description) ?? ""),\(method)\n" }
    }
    return text
  }

  private static func field(_ string: String) -> String {
    guard string.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else { return string }
    return "\"" + string.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
  }
}
