import SpectraLinearAlgebra

// Reductions, repetitions and rearrangements of elements.

/// The axis of a value of shape `[tokens, features]`.
public enum SignalAxis: Sendable {
  /// Over the tokens of each feature: the result has shape `[1, features]`.
  case tokens
  /// Over the features of each token: the result has shape `[tokens, 1]`.
  case features
}

extension Signal {
  /// The sum over an axis, which keeps the extent 1.
  public func sum(over axis: SignalAxis) -> Self {
    let (tokens, features) = (tokens, features)
    switch axis {
    case .features: return product(withMatrix: Tensor(shape: [features, 1], repeating: 1), name: "sum over features")
    case .tokens: return mixed(by: Tensor(shape: [1, tokens], repeating: 1))
    }
  }

  /// The mean over an axis, which keeps the extent 1.
  public func mean(over axis: SignalAxis) -> Self {
    let count = axis == .tokens ? tokens : features
    return (1 / Scalar(count)) * sum(over: axis)
  }

  /// The value with extents of 1 repeated to a larger shape `[tokens, features]`.
  public func repeated(to shape: [Int]) -> Self {
    if value.shape == shape { return self }
    let (tokens, features) = (tokens, features)
    precondition(
      shape.count == 2 && (tokens == 1 || tokens == shape[0]) && (features == 1 || features == shape[1]),
      "A value of shape \(value.shape) cannot be repeated to \(shape).")
    return rearranged(shape: shape, name: "repetition") { token, feature in
      (tokens == 1 ? 0 : token, features == 1 ? 0 : feature)
    }
  }

  /// The same elements, token-major, under another shape `[tokens, features]`.
  public func reshaped(tokens: Int, features: Int) -> Self {
    precondition(
      tokens * features == value.count,
      "A value of shape \(value.shape) cannot take the shape [\(tokens), \(features)].")
    let width = self.features
    return rearranged(shape: [tokens, features], name: "reshape") { token, feature in
      (token * features + feature).quotientAndRemainder(dividingBy: width)
    }
  }

  /// The value with tokens and features exchanged.
  public func transposed() -> Self {
    rearranged(shape: [features, tokens], name: "transpose") { token, feature in (feature, token) }
  }

  /// Some of the features.
  public subscript(features range: Range<Int>) -> Self {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= features, "Features \(range) are not within 0..<\(features).")
    let source = features
    return Self.applying("features", to: [self]) { values in
      let value = Tensor(rows: values[0].rows, columns: range.count) { values[0][$0, range.lowerBound + $1] }
      return Linearized(value, coupling: .uniform) { tangents, dy, _ in
        dy.copyFeatures(range.lowerBound, ofEvery: source, from: tangents[0])
      }
    }
  }

  /// Several runs of features side by side, in any order and as often as they are named: heads repeated or exchanged.
  public subscript(features ranges: [Range<Int>]) -> Self {
    let source = features
    for range in ranges {
      precondition(
        range.lowerBound >= 0 && range.upperBound <= source, "Features \(range) are not within 0..<\(source).")
    }
    let places = ranges.flatMap(Array.init)
    return Self.applying("features", to: [self]) { values in
      let value = Tensor(rows: values[0].rows, columns: places.count) { values[0][$0, places[$1]] }
      return Linearized(value, coupling: .uniform) { tangents, dy, _ in
        let (rows, width) = (dy.tokens * dy.directions, dy.features)
        dy.withUnsafePointers(to: tangents[0]) { dx, dy in
          var target = dy
          for range in ranges {
            Scalar.copyColumns(
              dx + range.lowerBound, stride: source, rows: rows, columns: range.count, into: target, stride: width)
            target += range.count
          }
        }
      }
    }
  }

  /// Some of the tokens.
  public subscript(tokens range: Range<Int>) -> Self {
    precondition(range.lowerBound >= 0 && range.upperBound <= tokens, "Tokens \(range) are not within 0..<\(tokens).")
    return rearranged(shape: [range.count, features], name: "tokens") { token, feature in
      (range.lowerBound + token, feature)
    }
  }

  /// Values beside one another along an axis; the other extent must agree.
  public static func concatenated(_ signals: [Self], along axis: SignalAxis) -> Self {
    guard let first = signals.first else { preconditionFailure("Nothing to concatenate.") }
    let total: [Int]
    switch axis {
    case .tokens:
      precondition(signals.allSatisfy { $0.features == first.features }, "Concatenated values differ in features.")
      total = [signals.map(\.tokens).reduce(0, +), first.features]
    case .features:
      precondition(signals.allSatisfy { $0.tokens == first.tokens }, "Concatenated values differ in tokens.")
      total = [first.tokens, signals.map(\.features).reduce(0, +)]
    }
    return applying("concatenation", to: signals) { values in
      var offsets: [Int] = []
      var offset = 0
      for value in values {
        offsets.append(offset)
        offset += axis == .tokens ? value.rows : value.columns
      }
      let placed = offsets
      var value = Tensor<Scalar>(shape: total, repeating: 0)
      for (part, start) in zip(values, placed) {
        for row in 0..<part.rows {
          for column in 0..<part.columns {
            if axis == .tokens {
              value[start + row, column] = part[row, column]
            } else {
              value[row, start + column] = part[row, column]
            }
          }
        }
      }
      let coupling = axis == .tokens ? TokenCoupling.mixed : .uniform
      return Linearized(value, coupling: coupling) { tangents, dy, _ in
        let width = dy.features
        for (part, start) in zip(tangents, placed) {
          let (directions, partWidth) = (part.directions, part.features)
          dy.withUnsafePointers(to: part) { source, target in
            for row in 0..<part.tokens * directions {
              let offset = axis == .tokens ? (start * directions + row) * width : row * width + start
              (target + offset).update(from: source + row * partWidth, count: partWidth)
            }
          }
        }
      }
    }
  }

  /// The value whose element at (token, feature) is this one's element at `source(token, feature)`.
  private func rearranged(
    shape: [Int], name: String, from source: (_ token: Int, _ feature: Int) -> (Int, Int)
  ) -> Self {
    var origin: [(token: Int, feature: Int)] = []
    origin.reserveCapacity(shape[0] * shape[1])
    for token in 0..<shape[0] { for feature in 0..<shape[1] { origin.append(source(token, feature)) } }
    let places = origin
    return Self.applying(name, to: [self]) { values in
      let value = values[0]
      let elements = places.map { value[$0.token, $0.feature] }
      return Linearized(Tensor(shape: shape, elements: elements)) { tangents, dy, _ in
        let (directions, width, sourceWidth) = (dy.directions, dy.features, tangents[0].features)
        dy.withUnsafePointers(to: tangents[0]) { dx, dy in
          for (index, place) in places.enumerated() {
            let (token, feature) = index.quotientAndRemainder(dividingBy: width)
            let source = dx + (place.token * directions * sourceWidth + place.feature)
            let target = dy + (token * directions * width + feature)
            for direction in 0..<directions { target[direction * width] = source[direction * sourceWidth] }
          }
        }
      }
    }
  }
}
