import RealModule
import SpectraAnalysis

// What follows from a heat map for whatever draws it.

extension HeatMap.Axis {
  /// The edges of the cells, one more than there are values: half-way between neighbours, and as far beyond the outer ones.
  var edges: [Double] {
    guard values.count > 1, let first = values.first, let last = values.last else {
      // A single value has no neighbours that say how wide it is.
      let half = values[0] == 0 ? 0.5 : abs(values[0]) / 2
      return [values[0] - half, values[0] + half]
    }
    let inner = zip(values, values.dropFirst()).map { $0 / 2 + $1 / 2 }
    return [first - (inner[0] - first)] + inner + [last + (last - inner[inner.count - 1])]
  }

  /// The axis from edge to edge.
  var axis: FigureAxis {
    let edges = edges
    return FigureAxis(name: name, lower: edges[0], upper: edges[edges.count - 1], isLogarithmic: false)
  }
}

extension HeatMap {
  /// The numbers of cells and marks.
  private var numbers: [Double] { cells.joined().compactMap { $0 } + marks.compactMap(\.value) }

  var ramp: Palette.Ramp { if case .diverging = scale { .diverging } else { .sequential } }

  /// The numbers that have colours, from the first colour to the last.
  var colours: FigureAxis {
    func axis(_ lower: Double, _ upper: Double, isLogarithmic: Bool) -> FigureAxis {
      FigureAxis(name: quantity, lower: lower, upper: upper, isLogarithmic: isLogarithmic)
    }
    // Equal numbers have the middle colour.
    func spanning(_ values: [Double], isLogarithmic: Bool) -> FigureAxis {
      guard let least = values.min(), let most = values.max() else {
        return axis(isLogarithmic ? 1 : 0, 2, isLogarithmic: isLogarithmic)
      }
      if isLogarithmic {
        return least < most
          ? axis(least, most, isLogarithmic: true)
          : axis(least / 2, Swift.min(most * 2, .greatestFiniteMagnitude), isLogarithmic: true)
      }
      let half = Swift.max(abs(least), 1) / 2
      return least < most
        ? axis(least, most, isLogarithmic: false) : axis(least - half, most + half, isLogarithmic: false)
    }
    switch scale {
    case .linear: return spanning(numbers, isLogarithmic: false)
    case .logarithmic: return spanning(numbers.filter { $0 > 0 }, isLogarithmic: true)
    case .diverging(let middle, isLogarithmic: false):
      // In halves no difference overflows.
      let half = numbers.map { abs($0 / 2 - middle / 2) }.max() ?? 0
      let most = half > 0 ? Swift.min(half * 2, .greatestFiniteMagnitude / 4) : 1
      return axis(middle - most, middle + most, isLogarithmic: false)
    case .diverging(let middle, isLogarithmic: true):
      let most = numbers.filter { $0 > 0 }.map { abs(Double.log($0) - .log(middle)) }.max() ?? 0
      // Both ends are numbers that there are.
      let room = Swift.min(Double.log(middle) + 700, 700 - Double.log(middle))
      let reach = Double.exp(Swift.min(most > 0 ? most : 1, Swift.max(room, 1e-3)))
      return axis(middle / reach, middle * reach, isLogarithmic: true)
    }
  }

  /// The step of the ramp that a number has.
  func step(of value: Double, on colours: FigureAxis) -> Int {
    let place = colours.position(value) ?? 0
    return Int((Swift.min(Swift.max(place, 0), 1) * Double(Inks.steps - 1)).rounded())
  }

  /// Sentences that explain its marks.
  var notes: [String] {
    var notes: [String] = []
    if cells.joined().contains(where: { $0 == nil }) { notes.append("Hatched: no number.") }
    if marks.contains(where: { $0.value == nil }) { notes.append("Crosses: \(markName), without a number.") }
    if case .diverging(let middle, _) = scale {
      notes.append("The scale goes in two directions from \(quantity) = \(NumberText.shortest(middle)).")
    }
    return notes
  }
}
