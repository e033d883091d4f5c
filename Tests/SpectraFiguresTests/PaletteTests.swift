import RealModule
import Testing

@testable import SpectraFigures

@Suite("Palettes")
struct PaletteTests {
  static let legends: [Figure.Legend] = [1, 2, 3, 6, 12].flatMap { count in
    [false, true].map { Figure.Legend(entries: (0..<count).map { "\($0)" }, isOrdered: $0) }
  }

  @Test("Luminance and contrast are those of WCAG 2.2")
  func contrast() {
    #expect(Colour.contrast(Colour(0xFFFFFF), Colour(0x000000)) == 21)
    // #767676 is the lightest grey that text on white may have: 4.54 (WCAG's own example).
    #expect(abs(Colour.contrast(Colour(0x767676), Colour(0xFFFFFF)) - 4.54) < 0.005)
  }

  @Test("Series, text and what explains them can be seen on their background", arguments: Palette.Name.allCases)
  func visible(_ name: Palette.Name) {
    let palette = Palette(name)
    for text in [palette.text, palette.faint] { #expect(Colour.contrast(text, palette.background) >= 4.5) }
    for legend in Self.legends {
      for index in legend.entries.indices {
        let colour = palette.colour(ofSeries: index, in: legend)
        #expect(
          Colour.contrast(colour, palette.background) >= 3, "\(name) \(index) of \(legend.entries.count): \(colour.css)"
        )
      }
    }
  }

  @Test("No two series look the same: colour or dashes differ", arguments: Palette.Name.allCases)
  func distinct(_ name: Palette.Name) {
    let palette = Palette(name)
    for isOrdered in [false, true] {
      // Numbers have a colour each, so that their number has no limit but the eye's.
      let count = isOrdered ? 8 : Palette.mostSeries
      let legend = Figure.Legend(entries: (0..<count).map { "\($0)" }, isOrdered: isOrdered)
      let looks = legend.entries.indices.map {
        "\(palette.colour(ofSeries: $0, in: legend).css) \(palette.dashes(ofSeries: $0, in: legend))"
      }
      #expect(Set(looks).count == count)
    }
  }

  /// What people without one kind of cone see: Viénot, Brettel and Mollon (1999) for red and green.
  static let blindness: [(name: String, matrix: [[Double]])] = [
    ("protanopia", [[0.11238, 0.88762, 0], [0.11238, 0.88762, 0], [0.00401, -0.00401, 1]]),
    ("deuteranopia", [[0.29275, 0.70725, 0], [0.29275, 0.70725, 0], [-0.02234, 0.02234, 1]]),
  ]

  @Test("The colour-blind palette's first four colours differ without red or green", arguments: 0..<2)
  func colourBlind(kind: Int) {
    let palette = Palette(.colourBlind)
    for isOrdered in [false, true] {
      let legend = Figure.Legend(entries: ["a", "b", "c", "d"], isOrdered: isOrdered)
      let seen = legend.entries.indices.map { index -> [Double] in
        let colour = palette.colour(ofSeries: index, in: legend)
        let linear = [colour.red, colour.green, colour.blue].map { channel -> Double in
          let share = Double(channel) / 255
          return share <= 0.04045 ? share / 12.92 : .pow((share + 0.055) / 1.055, 2.4)
        }
        let matrix = Self.blindness[kind].matrix
        return Self.lab(matrix.map { row in zip(row, linear).reduce(0.0) { $0 + $1.0 * $1.1 } })
      }
      for (index, one) in seen.enumerated() {
        for other in seen[..<index] {
          let distance = zip(one, other).map { $0 - $1 }.reduce(0.0) { $0 + $1 * $1 }.squareRoot()
          // About 2.3 is just noticeable (CIE 1976); five times that is told apart at a glance.
          #expect(distance > 11.5, "\(Self.blindness[kind].name), ordered \(isOrdered)")
        }
      }
    }
  }

  /// CIE L*a*b* of linear sRGB, white D65.
  private static func lab(_ rgb: [Double]) -> [Double] {
    func weighted(_ weights: [Double], _ white: Double) -> Double {
      let sum = zip(weights, rgb).reduce(0.0) { $0 + $1.0 * $1.1 }
      let value = max(sum / white, 0)
      return value > 216.0 / 24389 ? Double.pow(value, 1.0 / 3) : (24389.0 / 27 * value + 16) / 116
    }
    let x = weighted([0.4124, 0.3576, 0.1805], 0.9505)
    let y = weighted([0.2126, 0.7152, 0.0722], 1)
    let z = weighted([0.0193, 0.1192, 0.9505], 1.089)
    return [116 * y - 16, 500 * (x - y), 200 * (y - z)]
  }
}
