/// The present name that is most like a missing one, or nil where none resembles it.
///
/// A name with a prefix more or less (`module.`, `transformer.`) is nearest whatever the prefix's length; otherwise
/// the one of least edit distance (insertions, deletions, replacements, swaps of neighbours) if less than half of the letters differ.
public func nearestName(to wanted: String, among names: some Collection<String>) -> String? {
  let names = names.sorted { ($0.utf8.count, $0) < ($1.utf8.count, $1) }
  // The shortest that adds a prefix, or the longest that lacks one.
  if let longer = names.first(where: { $0.hasSuffix("." + wanted) }) { return longer }
  if let shorter = names.last(where: { $0.contains(".") && wanted.hasSuffix("." + $0) }) { return shorter }
  // Names of a hostile file may be megabytes long and millions many: a hint is not worth the wait.
  let letters = Array(wanted.utf8)
  guard letters.count <= 256 else { return nil }
  var best: (name: String, distance: Int)?
  for name in names.lazy.filter({ $0.utf8.count <= 256 }).prefix(4096) {
    // The distance is at least the difference of the lengths.
    let limit = best?.distance ?? (max(letters.count, name.utf8.count) + 1) / 2
    guard abs(letters.count - name.utf8.count) < limit else { continue }
    let distance = editDistance(letters, Array(name.utf8))
    if distance < limit { best = (name, distance) }
  }
  return best?.name
}

/// Levenshtein's distance, with swapped neighbours as one change: the commonest slip of the fingers. By rows of the table
/// of prefixes' distances.
private func editDistance(_ first: [UInt8], _ second: [UInt8]) -> Int {
  var before: [Int] = []
  var row = Array(0...second.count)
  for (i, letter) in first.enumerated() {
    var next = [i + 1]
    for (j, other) in second.enumerated() {
      var distance = min(row[j] + (letter == other ? 0 : 1), row[j + 1] + 1, next[j] + 1)
      if i > 0, j > 0, letter == second[j - 1], other == first[i - 1] { distance = min(distance, before[j - 1] + 1) }
      next.append(distance)
    }
    (before, row) = (row, next)
  }
  return row[second.count]
}
