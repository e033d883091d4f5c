import Foundation

extension Double {
  /// With this many digits after the point.
  func fixed(_ digits: Int) -> String { String(format: "%.\(digits)f", self) }

  /// A share in percent.
  var percent: String { (100 * self).fixed(0) + " %" }

  /// Seconds, with digits that suit them.
  var timed: String { fixed(self >= 10 ? 1 : self >= 0.1 ? 3 : 5) }
}

extension Duration {
  var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}

extension Int {
  var mebibytes: String { (Double(self) / 1_048_576).fixed(0) }
}

extension [Double] {
  var median: Double {
    let ordered = sorted()
    guard let middle = ordered.indices.dropFirst(count / 2).first else { return .nan }
    return count.isMultiple(of: 2) ? (ordered[middle - 1] + ordered[middle]) / 2 : ordered[middle]
  }

  /// `min – median – max` with digits that suit the median.
  var spread: String { spread(digits: median >= 10 ? 1 : median >= 0.1 ? 3 : 5) }

  /// `min – median – max`.
  func spread(digits: Int) -> String {
    [self.min() ?? .nan, median, self.max() ?? .nan].map { $0.fixed(digits) }.joined(separator: " – ")
  }
}

/// The slope of log y over log x by least squares.
func slope(_ x: [Double], _ y: [Double]) -> Double {
  let (x, y) = (x.map { Foundation.log($0) }, y.map { Foundation.log($0) })
  let (meanX, meanY) = (x.reduce(0, +) / Double(x.count), y.reduce(0, +) / Double(y.count))
  let covariance = zip(x, y).reduce(0) { $0 + ($1.0 - meanX) * ($1.1 - meanY) }
  return covariance / x.reduce(0) { $0 + ($1 - meanX) * ($1 - meanX) }
}
