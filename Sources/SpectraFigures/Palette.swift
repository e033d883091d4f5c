import SpectraAnalysis

/// The colours of a figure.
///
/// Series have a contrast of at least 3 to the background and text one of 4.5 (WCAG 2.2, 1.4.11 and 1.4.3).
public struct Palette: Sendable, Equatable {
  /// For whom or where.
  public enum Name: String, Sendable, CaseIterable {
    /// On white.
    case light
    /// On nearly black.
    case dark
    /// Greys and dashes, for printers.
    case print
    /// Colours that differ in every kind of colour blindness, and dashes.
    case colourBlind = "colour-blind"
  }

  public let name: Name
  public let background, text, faint, grid: Colour
  /// Of series that are names, in order.
  private let categories: [Colour]
  /// Of series that are numbers, from the first to the last.
  private let ramp: [Colour]
  private let hasDashes: Bool

  public init(_ name: Name) {
    self.name = name
    let onWhite = (Colour(0xFFFFFF), Colour(0x1B1F24), Colour(0x5B636D), Colour(0xE3E6EA))
    switch name {
    case .light:
      (background, text, faint, grid) = onWhite
      categories = [0x1F6FB4, 0xD9480F, 0x2B8A3E, 0x862E9C, 0xC2255C, 0x8A5A00, 0x0B7285, 0x495057].map(Colour.init)
      ramp = [0xE8590C, 0xC2255C, 0x5F3DC4, 0x0B2A6B].map(Colour.init)
      hasDashes = false
    case .dark:
      (background, text, faint, grid) = (
        Colour(0x14171C), Colour(0xE6E9ED), Colour(0x9BA4AF), Colour(0x2B3139)
      )
      categories = [0x6CB6FF, 0xFF9E64, 0x7DDF8A, 0xD2A8FF, 0xFF8FB3, 0xE3C16F, 0x5FD7D7, 0xC0C6CF].map(Colour.init)
      ramp = [0x748FFC, 0xDA77F2, 0xFF8787, 0xFFE066].map(Colour.init)
      hasDashes = false
    case .print:
      (background, text, faint, grid) = (Colour(0xFFFFFF), Colour(0x000000), Colour(0x4D4D4D), Colour(0xDDDDDD))
      categories = [0x000000, 0x6E6E6E, 0x3A3A3A, 0x8C8C8C].map(Colour.init)
      ramp = [0x8C8C8C, 0x000000].map(Colour.init)
      hasDashes = true
    case .colourBlind:
      (background, text, faint, grid) = onWhite
      // Okabe and Ito (2008) without the three that are too light on white; the ramp is cividis (Nuñez et al. 2018).
      categories = [0x0072B2, 0xD55E00, 0x000000, 0xCC79A7, 0x009E73].map(Colour.init)
      ramp = [0x958F78, 0x666970, 0x31446B, 0x00204D].map(Colour.init)
      hasDashes = true
    }
  }

  /// The colour of a series.
  public func colour(ofSeries index: Int, in legend: Figure.Legend) -> Colour {
    guard legend.isOrdered, legend.entries.count > 1 else { return categories[index % categories.count] }
    return .onRamp(ramp, at: Double(index) / Double(legend.entries.count - 1))
  }

  /// The dashes and gaps of a series' line; empty for a whole line.
  public func dashes(ofSeries index: Int, in legend: Figure.Legend) -> [Double] {
    // Where colours begin again, dashes tell apart.
    let round = legend.isOrdered ? 0 : index / categories.count
    // One step further each time that colours and dashes would both begin again.
    let whole = Self.leastCommonMultiple(categories.count, Self.dashes.count)
    return Self.dashes[(hasDashes ? index + index / whole : round) % Self.dashes.count]
  }

  /// How many series that are names look different in every palette.
  public static let mostSeries = 24

  private static func leastCommonMultiple(_ one: Int, _ other: Int) -> Int {
    var (a, b) = (one, other)
    while b != 0 { (a, b) = (b, a % b) }
    return one / a * other
  }

  private static let dashes: [[Double]] = [[], [6, 3], [2, 2], [8, 3, 2, 3], [12, 4], [4, 2, 1, 2]]
}

/// The paints of a drawing, as SVG writes them.
struct Inks {
  let background, text, faint, grid: String
  /// Colour and dashes of each series.
  let series: [(colour: String, dashes: String)]
  /// The colours of a heat map's cells, from the smallest number to the largest; empty of other figures.
  let ramp: [String]

  /// The colours of a palette, for a file that stands alone.
  init(_ palette: Palette, _ figure: Figure) {
    let legend = figure.legend
    (background, text, faint, grid) = (
      palette.background.css, palette.text.css, palette.faint.css, palette.grid.css
    )
    series = legend.entries.indices.map {
      let dashes = palette.dashes(ofSeries: $0, in: legend)
      return (
        palette.colour(ofSeries: $0, in: legend).css,
        dashes.isEmpty ? "none" : dashes.map(NumberText.shortest).joined(separator: " ")
      )
    }
    ramp = Self.ramp(of: figure).map { ramp in (0..<Self.steps).map { palette.colour(ofStep: $0, in: ramp).css } } ?? []
  }

  /// How many colours the cells of a heat map have: an odd number, so that one of them is that of the middle.
  static let steps = 65

  private static func ramp(of figure: Figure) -> Palette.Ramp? {
    if case .heatMap(let map) = figure.content { map.ramp } else { nil }
  }

  /// CSS variables, for a page whose reader chooses the palette: `--background`, `--text`, `--faint`, `--grid`, and for each
  /// series `--series-0`, `--dashes-0`; for the cells of a heat map `--cell-0` and so on.
  init(variablesFor figure: Figure) {
    let legend = figure.legend
    (background, text, faint, grid) = ("var(--background)", "var(--text)", "var(--faint)", "var(--grid)")
    series = legend.entries.indices.map { ("var(--series-\($0))", "var(--dashes-\($0))") }
    ramp = Self.ramp(of: figure) == nil ? [] : (0..<Self.steps).map { "var(--cell-\($0))" }
  }

  /// The values of these variables in a palette, as CSS declarations.
  static func declarations(_ palette: Palette, _ figure: Figure) -> String {
    let inks = Inks(palette, figure)
    let fixed = [
      "--background: \(inks.background)", "--text: \(inks.text)", "--faint: \(inks.faint)", "--grid: \(inks.grid)",
    ]
    let series = inks.series.enumerated().flatMap {
      ["--series-\($0): \($1.colour)", "--dashes-\($0): \($1.dashes)"]
    }
    let cells = inks.ramp.enumerated().map { "--cell-\($0): \($1)" }
    return (fixed + series + cells).joined(separator: "; ") + ";"
  }
}
