/// A quantity over a plane: cells in colour, lines upon them, and points where the quantity was measured.
///
/// As a phase diagram over (σ_w, σ_b): cells of χ₁ from theory, the line where it is 1, points of measured spectra.
/// `Figure(of:title:caption:)` draws it.
public struct HeatMap: Sendable, Equatable {
  /// One side of the plane.
  public struct Axis: Sendable, Equatable {
    /// What stands beside it, as in `σ_w`.
    public let name: String
    /// The middles of the cells, ascending, at equal distances or not.
    public let values: [Double]

    public init(name: String, values: [Double]) {
      self.name = name
      self.values = values
    }
  }

  /// How colours follow from numbers.
  public enum Scale: Sendable, Equatable {
    case linear
    /// By the logarithm: what is not positive has the colour of the smallest number.
    case logarithmic
    /// In two directions from a number that means something, such as χ₁ = 1, equally far on both sides; by differences or by
    /// ratios.
    case diverging(about: Double, isLogarithmic: Bool)
  }

  /// A point of the plane.
  public struct Point: Sendable, Equatable {
    public let x, y: Double

    public init(x: Double, y: Double) { (self.x, self.y) = (x, y) }
  }

  /// A line upon the cells, from point to point; it is cut off at the edge of the plane.
  public struct Line: Sendable, Equatable {
    /// What it is, as in `critical line`.
    public let name: String
    public let points: [Point]

    public init(name: String, points: [Point]) {
      self.name = name
      self.points = points
    }
  }

  /// A point with a number of its own, in the colour of that number.
  public struct Mark: Sendable, Equatable {
    public let place: Point
    /// In units of the cells; nil where there is none, which is drawn as a cross.
    public let value: Double?
    /// What it says under the pointer beside its number; may be empty.
    public let note: String

    public init(at place: Point, value: Double?, note: String = "") {
      self.place = place
      self.value = value
      self.note = note
    }
  }

  public let x, y: Axis
  /// What the cells hold, as in `χ₁`.
  public let quantity: String
  /// A row for each value of `y`, the lowest first, with a number for each value of `x`; nil where there is none.
  public let cells: [[Double?]]
  public let scale: Scale
  public let lines: [Line]
  public let marks: [Mark]
  /// What the marks are, as in `measured, 10 samples each`.
  public let markName: String

  /// A map of some cells. Numbers that are not finite are none.
  ///
  /// - Throws: `HeatMapError` where the cells are not as many as the axes say, or an axis does not ascend.
  public init(
    x: Axis, y: Axis, quantity: String, cells: [[Double?]], scale: Scale = .linear, lines: [Line] = [],
    marks: [Mark] = [], markName: String = "measured"
  ) throws(HeatMapError) {
    for axis in [x, y] {
      guard !axis.values.isEmpty, axis.values.allSatisfy({ abs($0) <= 1e100 }),
        zip(axis.values, axis.values.dropFirst()).allSatisfy({ $0 < $1 })
      else { throw .axis(axis.name) }
      guard axis.values.count <= HeatMapError.mostCells else { throw .tooMany(axis.name, axis.values.count) }
    }
    guard cells.count == y.values.count, cells.allSatisfy({ $0.count == x.values.count }) else {
      throw .cells(rows: y.values.count, columns: x.values.count)
    }
    if case .diverging(let middle, let isLogarithmic) = scale {
      guard middle.isFinite, middle > 0 || !isLogarithmic else { throw .middle(middle) }
    }
    self.x = x
    self.y = y
    self.quantity = quantity
    self.cells = cells.map { $0.map { $0.flatMap(\.ifFinite) } }
    self.scale = scale
    self.lines = lines.map { Line(name: $0.name, points: $0.points.filter { $0.x.isFinite && $0.y.isFinite }) }
    self.marks = marks.filter { $0.place.x.isFinite && $0.place.y.isFinite }
      .map { Mark(at: $0.place, value: $0.value.flatMap(\.ifFinite), note: $0.note) }
    self.markName = markName
  }
}

/// A heat map that cannot be; its description is one sentence that says what to do.
public enum HeatMapError: Error, Equatable, Sendable, CustomStringConvertible {
  /// An axis without values, or with values that do not ascend or are no ordinary numbers.
  case axis(String)
  /// Too many values on an axis.
  case tooMany(String, Int)
  /// The cells do not fit the axes.
  case cells(rows: Int, columns: Int)
  /// A middle from which no scale goes in two directions.
  case middle(Double)

  /// The most values of an axis.
  public static let mostCells = 200

  public var description: String {
    switch self {
    case .axis(let name):
      "The axis '\(name)' of a heat map has no values, or values that do not ascend; give one or more, the smallest first."
    case .tooMany(let name, let count):
      "The axis '\(name)' of a heat map has \(count) values; give at most \(HeatMapError.mostCells)."
    case .cells(let rows, let columns):
      "The cells of a heat map do not fit its axes; give \(rows) rows of \(columns) numbers each."
    case .middle(let middle):
      "A scale by ratios cannot go in two directions from \(middle); choose a positive number."
    }
  }
}
