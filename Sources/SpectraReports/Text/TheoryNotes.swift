import SpectraAnalysis

/// What theory says of a panel, in words: the law, and how far the measurement is from it; or why there is none.
struct TheoryNotes {
  /// One line each; the first names the law.
  let lines: [String]

  /// - Parameter histogram: the panel's, which knows the share of zeros.
  init(_ theory: TheoryRecord, _ histogram: Histogram) {
    var lines: [String] = []
    if let prediction = theory.prediction {
      lines.append("theory: \(prediction.name)")
      if let comparison = theory.comparison { lines += Self.lines(comparison, prediction, histogram) }
      if let fitted = prediction.fitted { lines.append(fitted) }
      if let note = prediction.note { lines.append(note) }
    }
    if let reason = theory.reason { lines.append(theory.prediction == nil ? "theory: \(reason)" : reason) }
    self.lines = lines
  }

  private static func lines(
    _ comparison: TheoryRecord.Comparison, _ prediction: TheoryRecord.Prediction, _ histogram: Histogram
  ) -> [String] {
    var first = [comparison.summary]
    if let measured = comparison.meanSquared {
      var text = "mean σ² \(NumberText.significant(measured)), theory \(power(prediction.logMeanSquared))"
      if let score = comparison.zScore { text += ", z = \(NumberText.significant(score, digits: 2))" }
      first.append(text)
    }
    var second: [String] = []
    func beside(_ name: String, _ measured: Double?, _ expected: Double?, _ simulated: Double?, rounding: Double) {
      guard let measured, let expected else { return }
      func number(_ value: Double) -> String { NumberText.significant(value, rounding: rounding) }
      let atThisSize = simulated.map { ", at this size \(number($0))" } ?? ""
      second.append("\(name) \(number(measured)), theory \(number(expected))\(atThisSize)")
    }
    beside(
      "variance of ln σ", comparison.varianceLog, prediction.varianceLog, comparison.simulatedVarianceLog,
      rounding: Self.rounding * Self.rounding)
    beside(
      "largest ln σ", comparison.logUpperEdge, prediction.logUpperEdge, comparison.simulatedLogUpperEdge,
      rounding: Self.rounding)
    let zeros = prediction.curve.zeroMass
    if zeros > 0 {
      second.append(
        "zeros \(NumberText.percent(histogram.share(of: histogram.zeros)))"
          + (histogram.unresolved > 0
            ? " and \(NumberText.percent(histogram.share(of: histogram.unresolved))) hidden by rounding" : "")
          + ", theory \(NumberText.percent(min(zeros, 1)))"
      )
    }
    return [first, second].filter { !$0.isEmpty }.map { $0.joined(separator: "; ") }
  }

  private static func power(_ logarithm: Double?) -> String {
    logarithm.map { NumberText.significantExp($0, digits: 3) } ?? "0"
  }

  /// No ln σ is known better.
  private static let rounding = 1e-14
}

extension TheoryRecord.Prediction {
  /// `Gaussian weights, gates of tanh; σ_w=1.5, q=0.68`.
  package var name: String { law + (parameters.isEmpty ? "" : "; ") + parameters.map(\.text).joined(separator: ", ") }
}

extension TheoryRecord.Comparison {
  /// `KS distance 0.012, p = 0.43`.
  package var summary: String {
    "KS distance \(NumberText.significant(distance, digits: 2))"
      + (pText.map { ", \($0)" } ?? "")
  }
}

extension TheoryRecord.Parameter {
  /// `σ_w=1.5`: to four digits.
  package var text: String {
    let symbols = ["sigma_w": "σ_w", "sigma_b": "σ_b", "alpha": "α", "log_scale": "ln scale"]
    let number =
      value == value.rounded() && abs(value) < 1e6
      ? NumberText.shortest(value) : NumberText.shortest(Double(NumberText.significant(value, digits: 4)) ?? value)
    return "\(symbols[name] ?? name)=\(number)"
  }
}
