extension Array {
  /// All elements, or some at equal distances where there are more than `most`, the first and the last among them.
  ///
  /// - Parameter most: 2 or more.
  package func evenly(atMost most: Int) -> [Element] {
    count <= most ? self : (0..<most).map { self[$0 * (count - 1) / (most - 1)] }
  }
}

extension Array where Element: Hashable {
  /// Each element once, where it first stood.
  package var uniqued: [Element] {
    var seen: Set<Element> = []
    return filter { seen.insert($0).inserted }
  }
}
