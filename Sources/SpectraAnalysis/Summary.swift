/// What the samples of one panel say together.
public struct Summary: Sendable, Equatable {
  /// Which spectra are summarised.
  public let panel: Panel
  /// The number of samples, with those that gave no spectrum.
  public let samples: Int
  /// The number of samples that gave no spectrum.
  public let failed: Int
  /// What the panel's spectra say about signal propagation; nil where no sample gave a spectrum.
  public let verdict: Verdict?
  /// The number that decided, as a phrase.
  public let verdictReason: String
  /// The distribution of each statistic over the samples.
  private let distributions: [Statistic: Distribution]

  /// The summary of the samples of one panel.
  public init(panel: Panel, samples: [SpectrumRecord]) {
    self.panel = panel
    self.samples = samples.count
    failed = samples.count { $0.status != .ok }
    (verdict, verdictReason) = Verdict.judge(samples)
    let statistics = samples.compactMap(\.statistics)
    distributions = Dictionary(
      uniqueKeysWithValues: Statistic.allCases.map { statistic in
        (statistic, Distribution(statistics.map { $0[statistic] }))
      })
  }

  /// The distribution of a statistic over the samples.
  public subscript(statistic: Statistic) -> Distribution { distributions[statistic] ?? Distribution([]) }
}

// MARK: - Codable

extension Summary: Codable {
  enum CodingKeys: String, CodingKey {
    case architecture, depth, layer, samples, failed, verdict
    case verdictReason = "verdict_reason"
    case statistics
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(panel.architecture, forKey: .architecture)
    try container.encode(panel.depth, forKey: .depth)
    try container.encode(panel.layer, forKey: .layer)
    try container.encode(samples, forKey: .samples)
    try container.encode(failed, forKey: .failed)
    try container.encode(verdict, forKey: .verdict)
    try container.encode(verdictReason, forKey: .verdictReason)
    var statistics = container.nestedContainer(keyedBy: FieldName.self, forKey: .statistics)
    for statistic in Statistic.allCases {
      try statistics.encode(self[statistic], forKey: FieldName(statistic.rawValue))
    }
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    panel = Panel(
      architecture: try container.decode(String.self, forKey: .architecture),
      depth: try container.decode(Int.self, forKey: .depth), layer: try container.decode(Int.self, forKey: .layer))
    samples = try container.decode(Int.self, forKey: .samples)
    failed = try container.decode(Int.self, forKey: .failed)
    verdict = try container.decodeIfPresent(Verdict.self, forKey: .verdict)
    verdictReason = try container.decode(String.self, forKey: .verdictReason)
    let statistics = try container.nestedContainer(keyedBy: FieldName.self, forKey: .statistics)
    distributions = try Dictionary(
      uniqueKeysWithValues: Statistic.allCases.map { statistic in
        (statistic, try statistics.decode(Distribution.self, forKey: FieldName(statistic.rawValue)))
      })
  }
}
