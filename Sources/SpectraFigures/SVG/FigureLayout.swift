/// How large a drawing is; what is nil follows from the content.
public struct FigureSize: Sendable, Equatable {
  /// The width in SVG units (CSS pixels).
  public var width: Int?
  /// The most panels side by side; a narrow drawing has fewer.
  public var columns: Int?

  public init(width: Int? = nil, columns: Int? = nil) {
    self.width = width
    self.columns = columns
  }

  /// The widths that a drawing can have.
  public static let widths = 240...20_000
  /// The least width of a panel: where so many columns have less, there are fewer.
  public static let narrowestPanel = 160.0

  /// A width or a number of columns that no drawing can have, as a sentence; nil where there is none.
  public var problem: String? {
    if let width, !Self.widths.contains(width) {
      return "A figure cannot be \(width) wide; choose from \(Self.widths.lowerBound) to \(Self.widths.upperBound)."
    }
    if let columns, !(1...FigureError.mostPanels).contains(columns) {
      return "A figure cannot have \(columns) columns; choose from 1 to \(FigureError.mostPanels)."
    }
    return nil
  }
}

/// Where the parts of a drawing stand: title, caption and legend above, panels in a grid, notes below.
struct FigureLayout {
  let width: Double
  let height: Double
  let title: [Line]
  let legend: [LegendItem]
  /// The whole places of the panels, in order.
  let panels: [Area]
  let columns: Int
  let notes: [Line]

  struct Line {
    let text: String
    let x, y, size: Double
    let isBold: Bool
  }

  struct LegendItem {
    /// The place of the series; nil for laws, which have the colours of their series.
    let entry: Int?
    /// Left end and middle of the swatch.
    let x, y: Double
    let lines: [String]
  }

  static let margin = 16.0
  static let swatch = 22.0
  static let gap = 18.0
  static let legendSize = 11.0
  static let legendLine = 15.0

  /// - Parameter panelHeight: the height of a panel of some width below its title.
  init(_ figure: Figure, size: FigureSize, panelHeight: (_ width: Double) -> Double) {
    let panelTitles = figure.content.panelTitles
    let count = max(panelTitles.count, 1)
    let given = size.width.map { min(max($0, FigureSize.widths.lowerBound), FigureSize.widths.upperBound) }
    let wanted = min(max(size.columns ?? Self.naturalColumns(count, width: given), 1), count)
    width = Double(given ?? Self.naturalWidth(columns: wanted))
    let inner = width - 2 * Self.margin
    // A panel narrower than this has no room for its scale and its marks.
    let columns = max(1, min(wanted, Int((inner + Self.gap) / (FigureSize.narrowestPanel + Self.gap))))
    self.columns = columns

    var y = Self.margin
    var title: [Line] = []
    func put(_ text: String, size: Double, isBold: Bool, into lines: inout [Line]) {
      for line in TextMetrics.wrapped(text, size: size, width: inner, isBold: isBold) {
        y += size * 1.2
        lines.append(Line(text: line, x: Self.margin, y: y, size: size, isBold: isBold))
      }
    }
    put(figure.title, size: 15, isBold: true, into: &title)
    if !figure.caption.isEmpty {
      y += 3
      put(figure.caption, size: 11, isBold: false, into: &title)
    }
    self.title = title

    var legend: [LegendItem] = []
    let hasSeries = figure.legend.entries.count > 1 || !(figure.legend.entries.first ?? "").isEmpty
    if hasSeries || figure.legend.theory != nil {
      y += 8
      var x = Self.margin
      var rows = 1
      let series = hasSeries ? figure.legend.entries.enumerated().map { (entry: Optional($0), text: $1) } : []
      for (entry, text) in series + (figure.legend.theory.map { [(entry: nil, text: $0)] } ?? []) {
        let room = inner - Self.swatch - 6
        let lines = TextMetrics.wrapped(text, size: Self.legendSize, width: min(room, 340))
        let taken = Self.swatch + 6 + (lines.map { TextMetrics.width($0, size: Self.legendSize) }.max() ?? 0)
        if x > Self.margin, x + taken > width - Self.margin {
          y += Double(rows) * Self.legendLine
          (x, rows) = (Self.margin, 1)
        }
        legend.append(LegendItem(entry: entry, x: x, y: y + Self.legendLine / 2, lines: lines))
        x += taken + Self.gap
        rows = max(rows, lines.count)
      }
      y += Double(rows) * Self.legendLine
    }
    self.legend = legend

    y += 10
    let panelWidth = (inner - Double(columns - 1) * Self.gap) / Double(columns)
    let titleHeight = Self.titleHeight(panelTitles, width: panelWidth)
    let height = titleHeight + panelHeight(panelWidth)
    let top = y
    panels = (0..<count).map {
      Area(
        x: Self.margin + Double($0 % columns) * (panelWidth + Self.gap),
        y: top + Double($0 / columns) * (height + Self.gap), width: panelWidth, height: height)
    }
    y = (panels.last?.bottom ?? top) + 4
    var notes: [Line] = []
    // One paragraph, broken between sentences where they do not fit.
    put(figure.notes.joined(separator: "  "), size: 10, isBold: false, into: &notes)
    self.notes = notes
    self.height = (y + Self.margin).rounded(.up)
  }

  static let titleSize = 12.0

  /// The room above every panel for the longest of the titles.
  static func titleHeight(_ titles: [String], width: Double) -> Double {
    let lines = titles.map { TextMetrics.wrapped($0, size: titleSize, width: width, isBold: true).count }.max() ?? 0
    return lines == 0 ? 4 : Double(lines) * titleSize * 1.25 + 8
  }

  private static func naturalColumns(_ panels: Int, width: Int?) -> Int {
    let columns =
      switch panels {
      case ...3: panels
      case 4: 2
      case ...12: 3
      default: 4
      }
    // A width that was asked for is not cut into panels too narrow to read.
    return width.map { max(1, min(columns, ($0 - 2 * Int(margin)) / 240)) } ?? columns
  }

  private static func naturalWidth(columns: Int) -> Int {
    switch columns {
    case 1: 640
    case 2: 860
    case 3: 1100
    default: 330 * columns
    }
  }
}
