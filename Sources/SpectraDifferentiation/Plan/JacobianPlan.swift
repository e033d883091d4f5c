import SpectraLinearAlgebra

/// How the Jacobian of a linearised map is computed: which blocks of tangents are formed, and each by what.
///
/// Pushing all N unit tangents through every primitive does more work than there is. Between two primitives that mix tokens,
/// each token's tangents go through matrices of their own: that stretch of norms, skips and feed-forward layers is for each
/// token *one* matrix of d × d, computed once by pushing the d unit tangents of the token (all tokens at once, since they do
/// not mix) and then applied to all N tangents by one matrix product a token. With n tokens of width d, N = n · d, so the
/// stretch is paid d times instead of N times. Griewank and Walther (*Evaluating Derivatives*, ch. 10) call it preaccumulation.
///
/// A plan is a list of stages, made from shapes and counts of operations alone, with no look at names or values: a custom
/// layer takes part without a line for it. Each stage makes one block of tangents
///
/// * directly, by a primitive's own pushforward, or
/// * from blocks of other nodes through **token blocks**, matrices `[operand features, features]` for every token.
///
/// `PlanSearch` chooses by counting multiply-adds.
struct JacobianPlan: Sendable, Equatable {
  /// The stretches from one cut of the list to another, one after the other.
  var windows: [Window]

  /// Steps between two cuts, and how their tangents are computed.
  struct Window: Sendable, Equatable {
    /// The steps of the list it covers; its first node is `steps.lowerBound`.
    var steps: Range<Int>
    /// Whether primitives that consist of parts are taken apart.
    var isExpanded: Bool
    /// Nodes are counted within the window, 0 being the cut at its start, in the order of (expanded) steps.
    var stages: [Stage]
    /// The multiply-adds of one tangent, with the token blocks' share.
    var operations: Double
    /// The elements of all its token blocks, and of the largest block of one tangent.
    var blockElements: Int
    var widest: Int
  }

  /// How one block of tangents is made.
  struct Stage: Sendable, Hashable {
    /// The node whose tangents are made.
    var node: Int
    var method: Method
  }

  enum Method: Sendable, Hashable {
    /// By the step's own pushforward, from its operands.
    case push
    /// By token blocks from each of these nodes. Where several meet in one node first, the pivot, their blocks are the product
    /// of those up to it and those from it on.
    case blocks(from: [Int], pivot: Int?)
  }

  /// The multiply-adds of one tangent, with the token blocks' share.
  var operations: Double { windows.reduce(0) { $0 + $1.operations } }
}

/// The part of a linearisation that a plan is made from: shapes and counts.
struct PlanStep: PartedStep, Sendable, Hashable {
  var operands: [Int]
  var tokens: Int
  var features: Int
  var coupling: TokenCoupling
  var operations: Int
  /// Whether it is a matrix that is at hand: the images of unit tangents need no product then.
  var isMatrix = false
  /// See `Linearized.zeroEighths`.
  var zeroEighths = 0
  /// Whether the node is one of the map's results.
  var isOutput = false
  /// The parts of the primitive, their operands counted as in `LinearStep`; empty where it has none.
  var parts: [PlanStep] = []
}

extension PlanStep {
  init<Scalar>(_ step: Recorder<Scalar>.Step, isOutput: Bool) {
    self.init(
      operands: step.operands, tokens: step.tokens, features: step.features, coupling: step.coupling,
      operations: step.operations, isMatrix: step.matrix != nil,
      zeroEighths: step.zeroEighths, isOutput: isOutput,
      parts: (step.parts?.make(false) ?? []).map {
        PlanStep(
          operands: $0.operands, tokens: $0.tokens, features: $0.features, coupling: $0.coupling,
          operations: $0.operations)
      })
  }
}
