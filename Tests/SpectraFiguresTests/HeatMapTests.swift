import Foundation
import RealModule
import TestSupport
import Testing

@testable import SpectraFigures

@Suite("Heat maps")
struct HeatMapTests {
  /// The first is also pinned to files.
  static let maps: [@Sendable () throws -> HeatMap] = [
    { try HeatMapFixtures.phases(columns: 6, rows: 4) },
    { try HeatMapFixtures.sequential(columns: 5, rows: 3) },
    {
      try HeatMap(x: .init(name: "x", values: [0]), y: .init(name: "y", values: [3]), quantity: "z", cells: [[nil]])
    },
  ]

  @Test("Drawings and pages are well-formed, and the same each time", arguments: maps.indices)
  func drawings(index: Int) throws {
    let figure = Figure(of: try Self.maps[index](), title: "Phases", caption: "made up")
    for palette in Palette.Name.allCases {
      for width in [240, 640, 1500] {
        let drawing = SVGFigure(size: FigureSize(width: width), palette: Palette(palette))
        let text = drawing.text(of: figure)
        let (right, bottom) = drawing.extent(of: figure)
        let elements = try MarkupElement.elements(of: text)
        #expect(elements.first?.name == "svg" && text == drawing.text(of: figure))
        #expect(!text.contains("var(") && !text.contains("nan"))
        for mark in elements where mark.name == "rect" {
          #expect(mark.number("x") >= -0.02 && mark.number("x") + mark.number("width") <= Double(right) + 0.02)
          #expect(mark.number("y") >= -0.02 && mark.number("y") + mark.number("height") <= Double(bottom) + 0.02)
          #expect(mark.number("width") >= 0 && mark.number("height") >= 0)
        }
      }
    }
    let page = HTMLFigure().text(of: figure)
    #expect(try !MarkupElement.elements(of: page).isEmpty)
    #expect(page.contains("--cell-64") && !page.contains("How it was made"))
    if index == 0 { try expectSnapshot(SVGFigure().text(of: figure), named: "heat-map.svg") }
  }

  @Test("Specifications follow the published schema and are as recorded", arguments: maps.indices)
  func specifications(index: Int) throws {
    let figure = Figure(of: try Self.maps[index](), title: "Phases")
    let text = VegaLiteFigure().text(of: figure)
    #expect(try VegaLiteTests.schema.violations(in: Data(text.utf8)) == [])
    if index == 0 { try expectSnapshot(text, named: "heat-map.vl.json") }
  }

  @Test("Cells meet half-way between their middles and reach as far beyond the outer ones")
  func edges() {
    #expect(HeatMap.Axis(name: "", values: [1, 2, 4]).edges == [0.5, 1.5, 3, 5])
    #expect(HeatMap.Axis(name: "", values: [3]).edges == [1.5, 4.5])
    #expect(HeatMap.Axis(name: "", values: [0]).edges == [-0.5, 0.5])
  }

  @Test("A number's colour is that of its place on the scale")
  func colours() throws {
    func map(_ scale: HeatMap.Scale, _ numbers: [Double?]) throws -> HeatMap {
      try HeatMap(
        x: .init(name: "x", values: numbers.indices.map(Double.init)), y: .init(name: "y", values: [0]), quantity: "z",
        cells: [numbers], scale: scale)
    }
    func steps(_ scale: HeatMap.Scale, _ numbers: [Double?]) throws -> [Int?] {
      let map = try map(scale, numbers)
      return map.cells[0].map { $0.map { map.step(of: $0, on: map.colours) } }
    }
    #expect(try steps(.linear, [0, 1, 2, nil, .nan]) == [0, 32, 64, nil, nil])
    #expect(try steps(.logarithmic, [0.01, 1, 100, 0, -5]) == [0, 32, 64, 0, 0])
    // 4 is as far above 1 as 1/4 is below; nothing is farther.
    #expect(try steps(.diverging(about: 1, isLogarithmic: true), [1, 4, 0.5, 0]) == [32, 64, 16, 0])
    #expect(try steps(.diverging(about: 1, isLogarithmic: false), [1, 3, 2, 0]) == [32, 64, 48, 16])
    // Equal numbers have the middle colour, those at the middle of a scale, too.
    #expect(try steps(.linear, [7, 7]) == [32, 32])
    #expect(try steps(.logarithmic, [7, 7]) == [32, 32])
    #expect(try steps(.diverging(about: 1, isLogarithmic: true), [1, 1]) == [32, 32])
    #expect(try steps(.diverging(about: 1, isLogarithmic: false), [1, 1]) == [32, 32])
  }

  @Test(
    "Any numbers are drawn without a trap",
    arguments: [
      HeatMap.Scale.linear, .logarithmic, .diverging(about: 1, isLogarithmic: true),
      .diverging(about: -1e300, isLogarithmic: false), .diverging(about: 1e-300, isLogarithmic: true),
    ])
  func hostile(scale: HeatMap.Scale) throws {
    let numbers: [Double?] = [
      -.greatestFiniteMagnitude, .greatestFiniteMagnitude, 0, .leastNonzeroMagnitude, 1e-300, 1e300, -1, .infinity,
      .nan,
      nil,
    ]
    for part in [numbers, [numbers[1], numbers[3]], [numbers[7], nil], [0, 0]] {
      let map = try HeatMap(
        x: .init(name: "x<&", values: part.indices.map(Double.init)), y: .init(name: "y", values: [-1e90]),
        quantity: "z", cells: [part], scale: scale,
        lines: [.init(name: "a", points: [.init(x: -1e308, y: 1e308), .init(x: .nan, y: 0), .init(x: 1, y: -1e90)])],
        marks: [.init(at: .init(x: 0, y: 1e308), value: 1), .init(at: .init(x: 0, y: -1e90), value: .infinity)])
      let figure = Figure(of: map)
      #expect(try !MarkupElement.elements(of: SVGFigure().text(of: figure)).isEmpty)
      let specification = VegaLiteFigure().text(of: figure)
      #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(specification.utf8)) }
    }
  }

  @Test("What is no heat map is refused in one sentence")
  func refused() {
    let axis = HeatMap.Axis(name: "x", values: [0, 1])
    func error(_ x: HeatMap.Axis, _ cells: [[Double?]], _ scale: HeatMap.Scale = .linear) -> HeatMapError? {
      do throws(HeatMapError) {
        _ = try HeatMap(x: x, y: axis, quantity: "z", cells: cells, scale: scale)
        return nil
      } catch {
        return error
      }
    }
    #expect(error(axis, [[1, 2], [3, 4]]) == nil)
    #expect(error(axis, [[1, 2]]) == .cells(rows: 2, columns: 2))
    #expect(error(axis, [[1, 2], [3]]) == .cells(rows: 2, columns: 2))
    #expect(error(.init(name: "a", values: []), [[], []]) == .axis("a"))
    #expect(error(.init(name: "a", values: [1, 1]), [[1, 2], [3, 4]]) == .axis("a"))
    #expect(error(.init(name: "a", values: [0, .nan]), [[1, 2], [3, 4]]) == .axis("a"))
    let many = HeatMap.Axis(name: "a", values: (0...HeatMapError.mostCells).map(Double.init))
    #expect(error(many, []) == .tooMany("a", 201))
    #expect(error(axis, [[1, 2], [3, 4]], .diverging(about: 0, isLogarithmic: true)) == .middle(0))
    #expect(error(axis, [[1, 2], [3, 4]], .diverging(about: 0, isLogarithmic: false)) == nil)
  }

  @Test("A line is cut off where it leaves the plane, and goes on where it comes back")
  func clipping() {
    let axis = FigureAxis(name: "", lower: 0, upper: 2, isLogarithmic: false)
    func parts(_ points: [(Double, Double)]) -> [[[Double]]] {
      ClippedLine(points.map { HeatMap.Point(x: $0.0, y: $0.1) }, x: axis, y: axis).parts.map {
        $0.map { [$0.x, $0.y] }
      }
    }
    #expect(parts([(-2, 1), (4, 1)]) == [[[0, 0.5], [1, 0.5]]])
    #expect(parts([(0, 0), (1, 1), (1, 2)]) == [[[0, 0], [0.5, 0.5], [0.5, 1]]])
    #expect(parts([(1, 1), (1, 4), (0, 4), (0, 1)]) == [[[0.5, 0.5], [0.5, 1]], [[0, 1], [0, 0.5]]])
    #expect(parts([(3, 0), (3, 5)]).isEmpty && parts([(1, 1)]).isEmpty && parts([]).isEmpty)
  }

  @Test("Neighbours of one colour are one rectangle, and every cell has its number under the pointer")
  func rectangles() throws {
    let map = try HeatMap(
      x: .init(name: "σ_w", values: [1, 2, 3]), y: .init(name: "σ_b", values: [0, 1]), quantity: "χ₁",
      cells: [[1, 1, 2], [1, nil, 1]])
    let elements = try MarkupElement.elements(of: SVGFigure().text(of: Figure(of: map)))
    let first = Palette(.light).colour(ofStep: 0, in: .sequential).css
    let cells = elements.filter { $0.name == "rect" && $0.attributes["fill"] == first }
    // Three stretches, and the foot of the bar of colours.
    #expect(cells.count == 4)
    let tips = elements.filter { $0.name == "title" && $0.around.last == "rect" }.map(\.text)
    #expect(tips.count == 6)
    #expect(tips.contains("σ_w 2.000, σ_b 0\nχ₁: 1.000") && tips.contains("σ_w 2.000, σ_b 1.000\nχ₁: none"))
  }

  // MARK: Colours

  @Test("A line of text and background can be seen on every cell", arguments: Palette.Name.allCases)
  func contrast(_ name: Palette.Name) {
    let palette = Palette(name)
    for ramp in Palette.Ramp.allCases {
      for step in 0..<Inks.steps {
        let cell = palette.colour(ofStep: step, in: ramp)
        let best = max(Colour.contrast(palette.text, cell), Colour.contrast(palette.background, cell))
        // WCAG 2.2, 1.4.11.
        #expect(best >= 3, "\(name) \(ramp) \(step): \(cell.css)")
      }
    }
  }

  @Test(
    "Lightness orders the colours: one way along a ramp, and along each arm of two", arguments: Palette.Name.allCases)
  func order(_ name: Palette.Name) {
    let palette = Palette(name)
    func rises(_ colours: [Colour]) -> Bool {
      zip(colours, colours.dropFirst()).allSatisfy { $0.luminance < $1.luminance }
    }
    for ramp in Palette.Ramp.allCases {
      let colours = (0..<Inks.steps).map { palette.colour(ofStep: $0, in: ramp) }
      let middle = Inks.steps / 2
      let (first, last) = (Array(colours[...middle]), Array(colours[middle...]))
      switch (ramp, name) {
      case (.sequential, _), (_, .print): #expect(rises(colours))
      case (.diverging, .dark): #expect(rises(first.reversed()) && rises(last))
      case (.diverging, _): #expect(rises(first) && rises(last.reversed()))
      }
    }
  }
}
