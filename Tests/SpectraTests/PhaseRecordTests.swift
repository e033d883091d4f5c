import Foundation
import Spectra
import TestSupport
import Testing

@Suite struct PhaseRecordTests {
  private static var small: PhaseSettings {
    var settings = PhaseSettings()
    (settings.activation, settings.columns, settings.rows) = (.erf, 6, 3)
    return settings
  }

  private static func schema() throws -> JSONSchema {
    try JSONSchema(ofCommand: "phase")
  }

  @Test func documentsFollowTheSchema() throws {
    var measured = Self.small
    (measured.measured, measured.depth, measured.width, measured.samples) = ((2, 1), 2, 4, 1)
    var unbounded = Self.small
    unbounded.activation = .relu
    for settings in [Self.small, measured, unbounded] {
      let text = try PhaseRecord(settings).json()
      #expect(try Self.schema().violations(in: Data(text.utf8)) == [])
    }
    let text = try PhaseRecord(Self.small).json()
    for (found, wrong) in [
      ("\"phase\": \"ordered\"", "\"phase\": \"calm\""), ("\"grid\"", "\"grids\""), ("/1\"", "/2\""),
    ] {
      #expect(try !Self.schema().violations(in: text, replacing: found, with: wrong).isEmpty, "\(wrong)")
    }
  }

  /// Wide stacks have the χ of theory: m₁ of a sample has a relative deviation of about √(2L(μ₂/μ₁²)/N²) + that of its input's
  /// length, so that the L-th root of a mean over samples is within a few of its own errors.
  @Test func measuredChiIsThatOfTheory() throws {
    var settings = Self.small
    (settings.measured, settings.sigmaW, settings.sigmaB) = ((2, 1), 0.8...1.2, 0...0.4)
    (settings.depth, settings.width, settings.samples) = (4, 48, 8)
    let measurements = try PhaseMeasurement.measure(settings)
    #expect(measurements.map(\.sigmaW) == [0.8, 1.2])
    for point in measurements {
      let (chi, error, theory) = (
        try #require(point.chi), try #require(point.chiStandardError), try #require(point.predictedChi)
      )
      // Five standard errors, and L terms of order 1/N in the mean over L layers.
      #expect(abs(chi - theory) < 5 * error + theory / 48)
      #expect(error > 0 && error < 0.1)
      #expect(point.failed == 0 && point.verdict != nil)
    }
    #expect(measurements == (try PhaseMeasurement.measure(settings, threads: 1)))
  }

  /// e^−872 is no number, but its 130th root is.
  @Test func measuredChiOfDeepStacks() throws {
    var settings = Self.small
    (settings.measured, settings.sigmaW, settings.sigmaB) = ((1, 1), 0.04...0.06, 0...1e-3)
    (settings.depth, settings.width, settings.samples) = (130, 16, 2)
    let point = try #require(try PhaseMeasurement.measure(settings).first)
    // Of 130 layers a width of 16 takes 1/32 each off ln m₁, and the mean of few samples of a heavy tail some more.
    #expect(abs(try #require(point.chi) / 0.0025 - 1) < 0.25)
    #expect(try #require(point.chiStandardError) > 0)
  }

  /// All points are cases of one experiment; each has the numbers of its own.
  @Test func pointsDoNotDependOnEachOther() throws {
    var settings = Self.small
    (settings.measured, settings.depth, settings.width, settings.samples) = ((3, 3), 2, 6, 2)
    let all = try PhaseMeasurement.measure(settings)
    // Coarser grids have its corners, and its middle.
    settings.measured = (2, 2)
    #expect(try PhaseMeasurement.measure(settings) == [0, 2, 6, 8].map { all[$0] })
    settings.measured = (1, 1)
    #expect(try PhaseMeasurement.measure(settings) == [all[4]])
  }

  @Test func ticksAreRoundWhereThereAreManyCells() throws {
    var settings = Self.small
    (settings.columns, settings.rows) = (24, 12)
    let fine = try PhaseRecord(settings).text(style: TextStyle(width: 80))
    #expect(fine.contains("\n     1.0 ┤") && fine.contains("\n     0.5 ┤") && fine.contains("\n     0.0 ┤"))
    // Few cells have numbers of their own.
    let coarse = try PhaseRecord(Self.small).text(style: TextStyle(width: 80))
    #expect(coarse.contains("0.500     2.00"))
  }

  @Test func textKeepsItsWidth() throws {
    var settings = Self.small
    settings.columns = 30
    let record = try PhaseRecord(settings)
    for quantity in PhaseQuantity.allCases {
      for width in [60, 80, 120] {
        for unicode in [true, false] {
          let text = record.text(quantity, style: TextStyle(width: width, unicode: unicode))
          #expect(linesLonger(than: width, in: text) == [], "\(quantity)")
          #expect(unicode || text.allSatisfy(\.isASCII), "\(quantity)")
          // Every character of the style is known to it.
          #expect(!text.contains("?"), "\(quantity)")
          #expect(text.contains(unicode ? "●" : "O"), "\(quantity)")
        }
      }
    }
  }

  @Test func tableIsTidy() throws {
    let record = try PhaseRecord(Self.small)
    let lines = record.csv().split(separator: "\n")
    #expect(lines[0] == "kind,sigma_w,sigma_b,quantity,value")
    #expect(lines.count == 1 + 18 * PhaseQuantity.allCases.count + record.diagram.criticalLine.count)
    #expect(lines.allSatisfy { $0.count { $0 == "," } == 4 })
  }

  @Test func pictureHasAllQuantities() throws {
    let record = try PhaseRecord(Self.small)
    for quantity in PhaseQuantity.allCases {
      let bytes = try record.figure(quantity).bytes(as: .svg, style: FigureStyle())
      #expect(String(decoding: bytes, as: UTF8.self).contains("critical"))
    }
  }

  @Test(
    arguments: [
      { $0.sigmaW = 0 ... .infinity }, { $0.sigmaB = -1...1 }, { $0.columns = 0 }, { $0.rows = 201 },
      { $0.measured = (0, 1) }, { $0.depth = 0 }, { $0.samples = 0 }, { $0.width = -1 }, { $0.activation = .crelu },
    ] as [@Sendable (inout PhaseSettings) -> Void])
  func settingsAreChecked(change: @Sendable (inout PhaseSettings) -> Void) {
    var settings = Self.small
    change(&settings)
    #expect(throws: ConfigurationError.self) { try PhaseRecord(settings) }
  }
}
