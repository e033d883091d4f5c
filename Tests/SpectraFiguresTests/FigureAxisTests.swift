import Testing

@testable import SpectraFigures

@Suite("Axes of figures")
struct FigureAxisTests {
  struct Case: Sendable {
    let values: [Double]
    let asked: Bool?
    let isLogarithmic: Bool
    /// At most five; not stated at the ends of the range of numbers.
    let ticks: [String]
  }

  static let cases: [Case] = [
    .init(values: [4, 12, 64], asked: nil, isLogarithmic: true, ticks: ["5", "10", "20", "50"]),
    .init(values: [1, 2, 3], asked: nil, isLogarithmic: false, ticks: ["1.0", "1.5", "2.0", "2.5", "3.0"]),
    .init(values: [0.5, 0.9], asked: nil, isLogarithmic: false, ticks: ["0.5", "0.6", "0.7", "0.8", "0.9"]),
    .init(values: [1e-6, 1e-2, 60], asked: nil, isLogarithmic: true, ticks: ["10⁻⁶", "10⁻⁴", "0.01", "1", "100"]),
    // mean σ² where it underflows; a share that is 0 now and then.
    .init(values: [0, 1e-300, 1e-2], asked: nil, isLogarithmic: true, ticks: []),
    .init(values: [0, 0.01, 1], asked: nil, isLogarithmic: false, ticks: ["0.0", "0.5", "1.0"]),
    .init(values: [1e-6, 60], asked: false, isLogarithmic: false, ticks: ["0", "20", "40", "60"]),
    .init(values: [-3, 5], asked: true, isLogarithmic: true, ticks: []),
    .init(values: [-3, -5], asked: true, isLogarithmic: false, ticks: ["-5.0", "-4.5", "-4.0", "-3.5", "-3.0"]),
    .init(values: [], asked: nil, isLogarithmic: false, ticks: ["0.0", "0.5", "1.0"]),
    .init(values: [1e300, 2e300], asked: false, isLogarithmic: false, ticks: []),
    .init(values: [0, 0], asked: nil, isLogarithmic: false, ticks: ["-1.0", "-0.5", "0.0", "0.5", "1.0"]),
    .init(values: [.leastNonzeroMagnitude, .greatestFiniteMagnitude], asked: nil, isLogarithmic: true, ticks: []),
    .init(values: [-.greatestFiniteMagnitude, .greatestFiniteMagnitude], asked: nil, isLogarithmic: false, ticks: []),
  ]

  @Test("Every value has a place between the ends, and ticks lie there too", arguments: cases)
  func places(_ example: Case) throws {
    let axis = FigureAxis(spanning: example.values, name: "x", isLogarithmic: example.asked)
    #expect(axis.isLogarithmic == example.isLogarithmic)
    #expect(axis.lower.isFinite && axis.upper.isFinite && axis.lower < axis.upper)
    for value in example.values where !axis.isLogarithmic || value >= .leastNormalMagnitude {
      let place = try #require(axis.position(value))
      // Ends at the end of the range of numbers leave no room beyond.
      #expect((-1e-12...1 + 1e-12).contains(place), "\(value) at \(place)")
    }
    let ticks = axis.ticks(atMost: 5)
    #expect(ticks.count <= 8)
    for tick in ticks { #expect((-1e-6...1 + 1e-6).contains(try #require(axis.position(tick.value))), "\(tick)") }
    #expect(Set(ticks.map(\.text)).count == ticks.count)
    if !example.ticks.isEmpty { #expect(ticks.map(\.text) == example.ticks) }
  }

  @Test(
    "A logarithmic axis has two ticks at least",
    arguments: [
      // Two decades with one power of ten, as colours of χ about 1 have it.
      (0.112, 8.93, 5, ["0.2", "0.5", "1", "2", "5"]), (1.5, 40, 2, ["2", "5", "10", "20"]),
      (0.9, 1100, 2, ["1", "100"]), (9, 1100, 2, ["10", "1000"]),
    ])
  func twoTicks(lower: Double, upper: Double, count: Int, expected: [String]) {
    let axis = FigureAxis(name: "χ", lower: lower, upper: upper, isLogarithmic: true)
    #expect(axis.ticks(atMost: count).map(\.text) == expected)
  }

  @Test("A logarithmic axis has no place for zero")
  func zero() {
    let axis = FigureAxis(spanning: [1, 1000], name: "x", isLogarithmic: nil)
    #expect(axis.position(0) == nil && axis.position(-1) == nil)
    #expect(abs((axis.position(31.622776601683793) ?? 0) - 0.5) < 1e-12)
  }
}
