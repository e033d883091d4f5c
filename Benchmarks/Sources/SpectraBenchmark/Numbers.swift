import Foundation

extension Double {
  /// With this many digits after the point.
  func fixed(_ digits: Int) -> String { String(format: "%.\(digits)f", self) }
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

/// Prints columns as wide as their widest cell, numbers to the right.
func printTable(_ header: [String], _ rows: [[String]]) {
  let widths = header.indices.map { column in ([header] + rows).map { $0[column].count }.max() ?? 0 }
  func line(_ cells: [String]) -> String {
    zip(cells, widths).map { String(repeating: " ", count: $1 - $0.count) + $0 }.joined(separator: "  ")
  }
  print(line(header))
  print(widths.map { String(repeating: "─", count: $0) }.joined(separator: "  "))
  for row in rows { print(line(row)) }
}
