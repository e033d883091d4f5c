import RealModule

/// What a panel's spectra say about signal propagation, in the order in which they are tried: the first that applies.
public enum Verdict: String, Sendable, Codable, CaseIterable {
  /// A forward pass or a Jacobian left the range of its precision upward.
  case overflow
  /// A forward pass or a Jacobian shrank below the range of its precision.
  case underflow
  /// More than a quarter of the singular values are zero or unresolved.
  case rankDeficient = "rank-deficient"
  /// The median of ln σ is below −ln 10.
  case vanishing
  /// The median of ln σ is above ln 10.
  case exploding
  /// ln σ has a standard deviation above 1.15, half a decade.
  case spread
  /// At least 95 % of all values have |ln σ| ≤ 1.
  case isometric
  /// None of the above.
  case nearIsometric = "near-isometric"

  /// The share of zero and unresolved values above which a spectrum is rank-deficient.
  public static let rankDeficiency = 0.25
  /// The |median ln σ| above which a spectrum vanishes or explodes: ln 10.
  public static let logLevel: Double = .log(10)
  /// The standard deviation of ln σ above which a spectrum is spread: half a decade.
  public static let logSpread = 1.15
  /// The isometry fraction from which a spectrum is isometric.
  public static let isometry = 0.95
}

extension Verdict {
  /// The verdict over the samples of one panel, from medians over those that have a spectrum, and the number that
  /// decided, as a sentence. No verdict where no sample has a spectrum.
  static func judge(_ samples: [SpectrumRecord]) -> (verdict: Verdict?, reason: String) {
    // One overflowing forward pass is a fact about the architecture, however well the other samples fared.
    for (status, verdict) in [(SpectrumRecord.Status.overflow, Verdict.overflow), (.underflow, .underflow)] {
      let affected = samples.filter { $0.status == status }
      if let first = affected.first {
        let verb = verdict == .overflow ? "overflowed" : "underflowed"
        let detail = first.reason.map(withoutFullStop)
        if samples.count == 1 { return (verdict, detail ?? "the forward pass \(verb)") }
        let share = "\(affected.count) of \(samples.count) samples \(verb)"
        return (verdict, share + (detail.map { "; sample \(first.sample): \($0)" } ?? ""))
      }
    }
    let measured = samples.compactMap(\.measurement).filter { $0.spectrum.count > 0 }
    guard !measured.isEmpty else {
      let detail = samples.compactMap(\.reason).first.map { ": \(withoutFullStop($0))" } ?? ""
      return (nil, "no sample gave a spectrum\(detail)")
    }
    let over = measured.count == 1 ? "" : "median "
    let lost = median(measured.map { Double($0.spectrum.zeros + $0.spectrum.unresolved) / Double($0.spectrum.count) })
    if let lost, lost > rankDeficiency {
      // Values that are lost to rounding are no defect of the architecture's: it is said which they are.
      let (hasZeros, hasUnresolved) = (
        measured.contains { $0.spectrum.zeros > 0 }, measured.contains { $0.spectrum.unresolved > 0 }
      )
      let kind = hasZeros ? hasUnresolved ? "zero or unresolved" : "zero" : "unresolved"
      return (.rankDeficient, "\(over)share of \(kind) σ is \(NumberText.percent(lost, unlike: 0.25)), above 25%")
    }
    let level = median(measured.compactMap(\.statistics.medianLog))
    if let level, abs(level) > logLevel {
      let (verdict, bound) = level < 0 ? (Verdict.vanishing, "below -2.30") : (.exploding, "above 2.30")
      return (verdict, "median ln σ is \(NumberText.fixed(level, unlike: level < 0 ? -logLevel : logLevel)), \(bound)")
    }
    let deviation = median(measured.compactMap(\.statistics.standardDeviationLog))
    if let deviation, deviation > logSpread {
      return (.spread, "\(over)std of ln σ is \(NumberText.fixed(deviation, unlike: logSpread)), above 1.15")
    }
    let isometric = median(measured.compactMap(\.statistics.isometryFraction)) ?? 0
    let share = "\(over)share of σ with |ln σ| ≤ 1 is \(NumberText.percent(isometric, unlike: isometry))"
    return isometric >= isometry ? (.isometric, "\(share), at least 95%") : (.nearIsometric, "\(share), below 95%")
  }

  private static func median(_ values: [Double]) -> Double? { quantile(0.5, ofAscending: values.sorted()) }

  private static func withoutFullStop(_ sentence: String) -> String {
    sentence.hasSuffix(".") ? String(sentence.dropLast()) : sentence
  }
}
