/// A law at one point.
struct LawSample: Sendable {
  /// The density of ln σ of the continuous part.
  var density: Double
  /// The mass at larger ln σ, that of atoms there included.
  var massAbove: Double
}
