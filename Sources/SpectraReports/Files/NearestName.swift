/// The present name that is most like a missing one, or nil where none resembles it.
///
/// A name with a prefix more or less (`module.`, `transformer.`) is nearest whatever the prefix's length; otherwise
/// the one of least edit distance (insertions, deletions, replacements) if less than half of the letters differ.
public func nearestName(to wanted: String, among names: some Collection<String>) -> String? {
  // Names of a hostile file may be megabytes long and millions many: a hint is not worth the wait.
  let names = names.lazy.filter { $0.utf8.count <= 256 }.prefix(4096)
    .sorted { ($0.utf8.count, $0) < ($1.utf8.count, $1) }
  // The shortest that adds a prefix, or the longest that lacks one.
  if let longer = names.first(where: { $0.hasSuffix("." + wanted) }) { return longer }
  if let shorter = names.last(where: { $0.contains(".") && wanted.hasSuffix("." + $0) }) { return shorter }
  let letters = Array(wanted.utf8.prefix(256))
  var best: (name: String, distance: Int)?
  for name in names {
    let distance = editDistance(letters, Array(name.utf8))
    if distance < best?.distance ?? .max { best = (name, distance) }
  }
  guard let best, 2 * best.distance < max(letters.count, best.name.utf8.count) else { return nil }
  return best.name
}

/// Levenshtein's distance, by rows of the table of prefixes' distances.
private func editDistance(_ first: [UInt8], _ second: [UInt8]) -> Int {
  var row = Array(0...second.count)
  for (i, letter) in first.enumerated() {
    var diagonal = row[0]
    row[0] = i + 1
    for (j, other) in second.enumerated() {
      let replaced = diagonal + (letter == other ? 0 : 1)
      diagonal = row[j + 1]
      row[j + 1] = min(replaced, diagonal + 1, row[j] + 1)
    }
  }
  return row[second.count]
}
