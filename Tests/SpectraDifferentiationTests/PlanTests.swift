import RealModule
import SpectraLinearAlgebra
import Testing

@testable import SpectraDifferentiation

/// Shapes of lists that a plan may meet; none has a line for it.
enum PlannedMap: CaseIterable, CustomTestStringConvertible {
  case transformer, causal, windowed, shaped, biased, skipInitialized, chaoticMixture, severalResults, gatedUnits,
    twoStreams, tokensOnly, featuresOnly, narrowing,
    identity, withoutFeatures, withoutTokens, smallResult

  var testDescription: String { "\(self)" }

  /// From `[6, 8]`.
  func results<S: Signal>(_ x: S) -> [S] {
    func weight(_ rows: Int, _ columns: Int, _ phase: Int) -> Tensor<S.Scalar> { wave(rows, columns, phase: phase) }
    func layer(_ x: S, _ mask: AttentionMask, _ phase: Int) -> S {
      layer(x, AttentionSettings(heads: 2, mask: mask), phase)
    }
    func layer(_ x: S, _ settings: AttentionSettings<S.Scalar>, _ phase: Int) -> S {
      let attended = x.linear(weight(24, 8, phase)).packedAttention(settings).linear(weight(8, 8, phase + 1))
      let middle = (x + attended).layerNorm()
      let hidden = middle.linear(weight(32, 8, phase + 2)).activated(by: Function.tanh)
      return (middle + hidden.linear(weight(8, 32, phase + 3))).layerNorm()
    }
    switch self {
    case .transformer: return [layer(layer(layer(x, .none, 1), .none, 5), .none, 9)]
    case .causal: return [layer(layer(x, .causal, 1), .causal, 5)]
    case .windowed: return [layer(layer(x, .window(2), 1), .window(3), 5)]
    case .shaped:
      let settings = AttentionSettings<S.Scalar>(heads: 2, mask: .causal, identityWeight: 1, centringWeight: 0.5)
      return [layer(layer(x, settings, 1), settings, 5)]
    case .biased:
      let settings = AttentionSettings<S.Scalar>(
        heads: 2, scale: 0.25, bias: weight(6, 6, 3), rowScale: weight(6, 1, 4), softmaxWeight: 1.5)
      return [layer(layer(x, settings, 1), settings, 5)]
    case .skipInitialized:
      let settings = AttentionSettings<S.Scalar>(
        heads: 2, mask: .causal, identityWeight: 1, softmaxWeight: 0, centringWeight: 0.5)
      return [layer(layer(x, settings, 1), settings, 5)]
    case .chaoticMixture:
      // Tokens meet in the middle of what would be merged, and values are used again much later.
      let a = x.layerNorm().linear(weight(8, 8, 1))
      let b = (a * x).mixed(by: weight(6, 6, 2))
      let c = (b + a).activated(by: Function.tanh) * x
      return [(c.softmax() + x * a).layerNorm() + b.transposed().reshaped(tokens: 6, features: 8)]
    case .severalResults:
      let first = layer(x, .none, 1)
      let inner = first.layerNorm()
      return [first, inner, layer(inner, .causal, 5), first.sum(over: .tokens), x]
    case .gatedUnits:
      return [
        x
          + (x.linear(weight(16, 8, 1)).activated(by: Function.tanh) * x.linear(weight(16, 8, 2))).linear(
            weight(8, 16, 3))
      ]
    case .twoStreams:
      var (a, b) = (x, x.layerNorm())
      for phase in 0..<3 {
        a = a + layer(b, .none, 4 * phase)
        b = b + a.linear(weight(8, 8, phase)).activated(by: Function.tanh)
      }
      return [.concatenated([a, b], along: .features)]
    case .tokensOnly: return [x[tokens: 2..<4].layerNorm().mixed(by: weight(5, 2, 1)).activated(by: Function.tanh)]
    case .featuresOnly:
      return [.concatenated([x[features: 3..<6], x.linear(weight(5, 8, 1)).softmax()], along: .features).layerNorm()]
    case .narrowing: return [layer(x, .none, 1).sum(over: .features).repeated(to: [6, 3]).activated(by: Function.tanh)]
    case .identity: return [x]
    case .smallResult: return [layer(layer(layer(x, .none, 1), .causal, 5), .none, 9).sum(over: .tokens)]
    case .withoutFeatures:
      let nothing = x[features: 0..<0].mixed(by: weight(6, 6, 1))
      return [nothing, (nothing.linear(weight(8, 0, 2)) + x.layerNorm()).layerNorm()]
    case .withoutTokens:
      let nobody = x[tokens: 0..<0]
      let heard = (nobody + nobody.linear(weight(24, 8, 1)).packedAttention(heads: 2)).layerNorm()
      return [.concatenated([heard, (x + x.linear(weight(8, 8, 2))).layerNorm()], along: .tokens)]
    }
  }
}

/// max(x, 0).
private struct Rectifier: Activation {
  func callAsFunction<T: DifferentiableScalar>(_ x: T) -> T { x <= 0 ? 0 : x }
}

@Suite("Plans of Jacobians")
struct PlanTests {
  static func linearization<Scalar: NetworkScalar>(_ map: PlannedMap, as: Scalar.Type) -> Linearization<Scalar> {
    Linearization(at: wave(6, 8, phase: 9)) { map.results($0) }
  }

  /// As if there were so many tangents that merging always pays: every stretch that can be merged is.
  static func mergingPlan<Scalar>(_ linearization: Linearization<Scalar>) -> JacobianPlan {
    linearization.plan(directions: 1_000_000, chunk: 1_000_000)
  }

  @Test("A plan's Jacobian is that of pushing every primitive", arguments: PlannedMap.allCases)
  func agreement(map: PlannedMap) {
    func check<Scalar: NetworkScalar>(_: Scalar.Type) {
      let linearization = Self.linearization(map, as: Scalar.self)
      let plan = Self.mergingPlan(linearization)
      let direct = linearization.jacobians(by: linearization.directPlan, chunk: 48, threads: 1)
      // The order of sums differs, in products of at most 32 terms, three layers deep: a few hundred roundings of numbers
      // that are not much larger than J's largest.
      let tolerance = 500 * Scalar.ulpOfOne
      for chunk in [5, 48] {
        for bytes in [1, 1 << 30] {
          let planned = linearization.jacobians(by: plan, chunk: chunk, threads: 2, groupBytes: bytes)
          for (planned, direct) in zip(planned, direct) {
            #expect(planned.shape == direct.shape)
            #expect(distance(planned, direct) <= tolerance * max(direct.maximumMagnitude, 1))
          }
        }
      }
    }
    check(Double.self)
    check(Float.self)
  }

  @Test("Whatever is merged, J is the same", arguments: PlannedMap.allCases)
  func everySet(map: PlannedMap) throws {
    // Searches with many, few and hardly any tangents choose differently.
    let linearization = Self.linearization(map, as: Double.self)
    let direct = linearization.jacobians(by: linearization.directPlan, chunk: 48, threads: 1)
    for (directions, chunk) in [
      (10, 1_000_000), (100, 1_000_000), (1000, 1_000_000), (1_000_000, 2000), (1_000_000, 100),
    ] {
      let plan = linearization.plan(directions: directions, chunk: chunk)
      for (planned, direct) in zip(linearization.jacobians(by: plan, chunk: 48, threads: 1), direct) {
        #expect(distance(planned, direct) <= 500 * .ulpOfOne * max(direct.maximumMagnitude, 1))
      }
    }
  }

  @Test("The same bits for any number of threads", arguments: [PlannedMap.transformer, .causal, .severalResults])
  func threads(map: PlannedMap) {
    let linearization = Self.linearization(map, as: Double.self)
    let plan = Self.mergingPlan(linearization)
    for bytes in [1, 1 << 30] {
      let alone = linearization.jacobians(by: plan, chunk: 7, threads: 1, groupBytes: bytes)
      for threads in [2, 3] {
        let shared = linearization.jacobians(by: plan, chunk: 7, threads: threads, groupBytes: bytes)
        #expect(shared.map { $0.elements.map(\.bitPattern) } == alone.map { $0.elements.map(\.bitPattern) })
      }
    }
  }

  @Test("Under a causal mask no later token moves an earlier one, exactly")
  func causal() {
    let linearization = Self.linearization(.causal, as: Double.self)
    let j = linearization.jacobians(by: Self.mergingPlan(linearization), chunk: 5, threads: 1)[0]
    for row in 0..<48 {
      for column in 0..<48 where column / 8 > row / 8 { #expect(j[row, column] == 0) }
    }
  }

  /// Windows of a plan with their token blocks.
  static func prepared<Scalar>(
    _ linearization: Linearization<Scalar>, _ plan: JacobianPlan
  ) -> [PreparedWindow<Scalar>] {
    plan.windows.map { window in
      let planned = PlannedWindow(window, of: linearization, outputs: [:], chunks: 1)
      var workspace = Workspace<Scalar>()
      return planned.prepared(
        planned.requests.map { entry in
          TokenBlocks(
            Tangents(
              joining: planned.directionRanges(entry.request).map { planned.images(entry, $0, in: &workspace) }))
        })
    }
  }

  @Test("Under a causal mask, tokens before the one that moves are not worked on")
  func leftOutTokens() {
    let linearization = Self.linearization(.causal, as: Double.self)
    let windows = Self.prepared(linearization, Self.mergingPlan(linearization))
    var workspace = Workspace<Double>()
    for token in 0..<6 {
      var tangents = Tangents<Double>(unit: (token * 8)..<(token * 8 + 8), tokens: 6, features: 8)
      tangents.occupied = token..<(token + 1)
      for window in windows {
        tangents = window.run(tangents, in: &workspace) { _, _ in }
        #expect(tangents.occupied == token..<6)
      }
    }
  }

  @Test("Under a window, only tokens that hear of the one that moves are worked on")
  func tokensInReach() {
    let linearization = Self.linearization(.windowed, as: Double.self)
    let windows = Self.prepared(linearization, Self.mergingPlan(linearization))
    var workspace = Workspace<Double>()
    for token in 0..<6 {
      var tangents = Tangents<Double>(unit: (token * 8)..<(token * 8 + 8), tokens: 6, features: 8)
      tangents.occupied = token..<(token + 1)
      // Windows of 2 and 3 tokens: one more hears of it after the first layer, two more after the second.
      for window in windows { tangents = window.run(tangents, in: &workspace) { _, _ in } }
      #expect(tangents.occupied == token..<min(token + 4, 6))
    }
  }

  @Test("Between layers only a single token's active units have tangents")
  func leftOutUnits() {
    let linearization = Linearization<Double>(at: wave(1, 160, phase: 9)) { x in
      [(0..<4).reduce(x) { $0.linear(wave(160, 160, phase: $1)).activated(by: Rectifier()) }]
    }
    let plan = linearization.plan(directions: 160, chunk: 1_000_000)
    let (windows, kept) = PreparedWindow.droppingZeros(
      Self.prepared(linearization, plan), start: nil, isEndReadByBlocks: false)
    // The last layer is the result and keeps all.
    let active = (0..<3).map { layer in linearization.value(ofNode: 2 * layer + 2).elements.count { $0 > 0 } }
    #expect(active.allSatisfy { $0 < 120 })
    #expect(windows.flatMap(\.stages).map(\.features) == active + [160])
    #expect(kept == nil)
  }

  @Test("A layer becomes few products: norm, skip and feed-forward one matrix a token")
  func merging() throws {
    let linearization = Self.linearization(.transformer, as: Double.self)
    let plan = Self.mergingPlan(linearization)
    // Windows end at layers; scores and values from the state, what is exchanged, and all the rest in one.
    #expect(plan.windows.map(\.steps) == [0..<10, 10..<20, 20..<30])
    for window in plan.windows {
      #expect(window.isExpanded)
      #expect(
        window.stages == [
          .init(node: 4, method: .blocks(from: [0], pivot: nil)),
          .init(node: 6, method: .blocks(from: [0], pivot: nil)),
          .init(node: 7, method: .push), .init(node: 11, method: .push),
          .init(node: 20, method: .blocks(from: [0, 7, 11], pivot: 14)),
        ])
    }
  }

  @Test(
    "Units of a single token that are off in all directions are left out, and J is the same", arguments: [true, false])
  func inactiveUnits(isResult: Bool) throws {
    let input: Tensor<Double> = wave(1, 160, phase: 9)
    let linearization = Linearization(at: input) { x in
      var states: [Recorded<Double>] = [x]
      for phase in 0..<4 {
        states.append(states[phase].linear(wave(phase == 3 ? 163 : 160, 160, phase: phase)).activated(by: Rectifier()))
      }
      return isResult ? Array(states.dropFirst()) : [states[4].linear(wave(160, 163, phase: 4))]
    }
    // Wide enough for leaving units out to be worth the blocks that it takes.
    let plan = linearization.plan(directions: 160, chunk: 1_000_000)
    // With one window a group, the features that are left wait between groups.
    #expect(linearization.groups(of: plan, bytes: 1).count == (isResult ? 4 : 5))
    for bytes in [1, 1 << 30] {
      let planned = linearization.jacobians(by: plan, chunk: 7, threads: 2, groupBytes: bytes)
      let direct = linearization.jacobians(by: linearization.directPlan, chunk: 160, threads: 1)
      for (planned, direct) in zip(planned, direct) {
        #expect(direct.maximumMagnitude > 0)
        #expect(distance(planned, direct) <= 500 * .ulpOfOne * direct.maximumMagnitude)
      }
    }
  }

  @Test("Blocks wait for the limit, and no more than another Jacobian beyond it where the result is a small one")
  func groups() {
    for map in [PlannedMap.transformer, .smallResult] {
      let linearization = Self.linearization(map, as: Double.self)
      let plan = Self.mergingPlan(linearization)
      let all = linearization.groups(of: plan, bytes: 1 << 30)
      #expect(all == [plan.windows])
      #expect(linearization.groups(of: plan, bytes: 1).count >= 3)
    }
  }

  @Test("J is finite where no tangent overflows, although a merged stretch would")
  func overflowingStretch() {
    // So wide that it is planned: 5e8 multiply-adds.
    let weight: Tensor<Double> = wave(128, 128)
    let linearization = Linearization<Double>(at: wave(4, 128)) { x in
      let tiny = (1e-300 * x).mixed(by: wave(4, 4))
      return [(0..<12).reduce(tiny) { x, layer in layer < 2 ? 1e199 * x.linear(weight) : x.linear(weight) }]
    }
    #expect(linearization.plan != linearization.directPlan)
    let planned = linearization.jacobians(by: linearization.plan, chunk: 512, threads: 2)[0]
    #expect(!planned.isFinite)
    #expect(linearization.jacobian(threads: 2).isFinite)
  }

  @Test("Small maps are pushed as they are")
  func small() {
    let linearization = Self.linearization(.transformer, as: Double.self)
    #expect(linearization.plan == linearization.directPlan)
  }

  @Test("Primitives may say that they cost whatever they like")
  func boundless() {
    let linearization = Linearization<Double>(at: wave(6, 8, phase: 9)) { x in
      [
        (0..<3).reduce(x) { x, _ in
          Recorded.applying("negative", to: [x]) { values in
            Linearized(values[0].scaled(by: -1), coupling: .uniform, operations: .max) { dx, dy, _ in
              for index in dy.elements.indices { dy.elements[index] = -dx[0].elements[index] }
            }
          }
        }
      ]
    }
    #expect(linearization.jacobian() == Tensor.identity(48).scaled(by: -1))
  }

  @Test("A primitive that says nothing of its tokens is pushed as it is")
  func opaque() {
    let linearization = Linearization<Double>(at: wave(6, 8, phase: 9)) { x in
      [
        Recorded.applying("reversal of tokens", to: [x.layerNorm()]) { values in
          let x = values[0]
          return Linearized(Tensor(rows: 6, columns: 8) { x[5 - $0, $1] }) { dx, dy, _ in
            let size = dy.directions * dy.features
            for token in 0..<6 {
              for index in 0..<size { dy.elements[(5 - token) * size + index] = dx[0].elements[token * size + index] }
            }
          }
        }.layerNorm()
      ]
    }
    let plan = Self.mergingPlan(linearization)
    #expect(plan.windows.flatMap(\.stages).contains { $0.method == .push })
    let planned = linearization.jacobians(by: plan, chunk: 5, threads: 1)[0]
    let direct = linearization.jacobians(by: linearization.directPlan, chunk: 48, threads: 1)[0]
    #expect(distance(planned, direct) <= 50 * .ulpOfOne * direct.maximumMagnitude)
  }
}
