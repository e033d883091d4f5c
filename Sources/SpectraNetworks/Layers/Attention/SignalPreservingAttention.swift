import RealModule
public import SpectraLinearAlgebra

/// The attention matrices of signal-preserving attention (SPA), for causal stacks without skips: A_l = L_l L_{l−1}⁻¹ with
/// L_l the Cholesky factor of a wanted kernel Σ_l of tokens after layer l, Σ_0 = I.
///
/// All Σ_l have ones on the diagonal, so that signals neither grow nor shrink, at any depth: ‖A_l ⋯ A_1‖_F² is the number
/// of tokens. As attention computes them, A_l = diag(r) · softmax(B) with the row sums r of A_l, the location-dependent
/// rescaling, and the bias B = ln(diag(r)⁻¹ A_l); queries are 0 at initialisation (W^Q = 0), values and outputs orthogonal.
///
/// He et al. 2023, *Deep Transformers without Shortcuts*, arXiv 2302.10322. The matrices are closed forms in which nothing
/// cancels, those of E-SPA in logarithms: its elements fall below 1e-85 in 96 layers of 128 tokens.
public struct SignalPreservingAttention: Sendable, Hashable {
  /// The kernel that is left after the last layer.
  public enum Kernel: Sendable, Hashable {
    /// U-SPA: all pairs of tokens have the similarity ρ_L, 0 < ρ_L < 1; Σ_l = (1 − ρ_l) I + ρ_l 11ᵀ with
    /// ρ_l = 1 − (1 − ρ_L)^(l/L).
    case uniform(similarity: Double = 0.8)
    /// E-SPA: the similarity of tokens decays with their distance at the rate γ_L > 0; Σ_l = exp(−γ_l |i − j|) with
    /// γ_l = −½ ln(1 − α_L^(2l/L)), α_L = √(1 − exp(−2γ_L)).
    case exponential(decay: Double = 0.005)

    /// What is wrong with its parameter, as a sentence; nil where it is right.
    public var problem: String? {
      switch self {
      case .uniform(let similarity):
        similarity > 0 && similarity < 1
          ? nil : "The final similarity ρ of U-SPA is \(similarity), but must lie between 0 and 1; its default is 0.8."
      case .exponential(let decay):
        // Beyond 300, 1 − exp(−2γ) is 1 and exp(−2γ) about to underflow; tokens have long been independent.
        decay >= 1e-300 && decay <= 300
          ? nil : "The final decay γ of E-SPA is \(decay), but must lie between 1e-300 and 300; its default is 0.005."
      }
    }
  }

  public let kernel: Kernel
  /// L, the number of layers.
  public let depth: Int
  public let tokens: Int

  /// The matrices of a stack.
  ///
  /// - Precondition: the kernel has no `problem`, and there are layers and tokens.
  public init(_ kernel: Kernel, depth: Int, tokens: Int) {
    precondition(kernel.problem == nil, kernel.problem ?? "")
    precondition(
      depth >= 1 && tokens >= 1, "Signal-preserving attention of \(depth) layers and \(tokens) tokens is none.")
    (self.kernel, self.depth, self.tokens) = (kernel, depth, tokens)
  }

  /// B_l of layer l = 1…L, shape `[tokens, tokens]`, −∞ for later tokens.
  public func bias(layer: Int) -> Tensor<Double> {
    let (logarithms, sums) = (logarithms(layer: layer), rowScale(layer: layer))
    return Tensor(rows: tokens, columns: tokens) { logarithms[$0, $1] - .log(sums.elements[$0]) }
  }

  /// r of layer l = 1…L, the row sums of A_l: `tokens` elements.
  public func rowScale(layer: Int) -> Tensor<Double> {
    let matrix = matrix(layer: layer)
    let sums = (0..<tokens).map { row in (0...row).reduce(0) { $0 + matrix[row, $1] } }
    return Tensor(shape: [tokens], elements: sums)
  }

  /// A_l of layer l = 1…L, shape `[tokens, tokens]`, lower triangular with elements of 0 and more.
  public func matrix(layer: Int) -> Tensor<Double> {
    switch kernel {
    case .uniform: uniformMatrix(layer: layer)
    case .exponential: exponentialLogarithms(layer: layer).map { .exp($0) }
    }
  }

  /// Σ_l after layer l = 0…L, shape `[tokens, tokens]`.
  public func kernelMatrix(afterLayer layer: Int) -> Tensor<Double> {
    Tensor(rows: tokens, columns: tokens) { row, column in
      if row == column { return 1 }
      switch kernel {
      case .uniform: return similarity(afterLayer: layer)
      case .exponential: return .exp(-decay(afterLayer: layer) * Double(abs(row - column)))
      }
    }
  }

  /// ln A_l.
  private func logarithms(layer: Int) -> Tensor<Double> {
    switch kernel {
    case .uniform: uniformMatrix(layer: layer).map { .log($0) }
    case .exponential: exponentialLogarithms(layer: layer)
    }
  }
}

// MARK: - U-SPA

extension SignalPreservingAttention {
  /// ρ_l of U-SPA after layer l = 0…L; 0 of another kernel.
  public func similarity(afterLayer layer: Int) -> Double {
    guard case .uniform(let last) = kernel else { return 0 }
    return layer == depth ? last : -.expMinusOne(.log(onePlus: -last) * Double(layer) / Double(depth))
  }

  /// A_l of U-SPA.
  ///
  /// With u_n = 1 + nρ, and the same of layer l − 1 with a stroke, the Cholesky factor of (1 − ρ) I + ρ 11ᵀ has the diagonal
  /// d_n² = (1 − ρ) u_n/u_{n−1} and in each column the one number d_n ρ/u_n below it. Its inverse, too, has rows of one
  /// number left of the diagonal. In g_n = √(u_n u′_{n−1}/(u_{n−1} u′_n)) ≥ 1 and κ = (1 − ρ)/(1 − ρ′), the product is
  ///
  /// - A_ii = √κ g_i,
  /// - A_{i,i−1} = √κ (g_{i−1} (ρ − ρ′)/(u_{i−1} u′_{i−1}) + (g_{i−1} − g_i) ρ′/u′_{i−1}),
  /// - A_{i,j−1} − A_{i,j} = √κ g_j (ρ/u_j)(u′_j/u′_{j−1})(g_{j−1} g_j − 1),
  ///
  /// sums of positive terms.
  private func uniformMatrix(layer: Int) -> Tensor<Double> {
    check(layer)
    guard case .uniform(let last) = kernel else { preconditionFailure("The kernel is not uniform.") }
    let (rho, before) = (similarity(afterLayer: layer), similarity(afterLayer: layer - 1))
    let logKappa = Double.log(onePlus: -last) / Double(depth)
    let rootKappa = Double.exp(logKappa / 2)
    // ρ − ρ′ = (1 − ρ′)(1 − κ)
    let difference = -Double.exp(logKappa * Double(layer - 1)) * .expMinusOne(logKappa)
    // 1 − ρ without the rounding of ρ, which counts where ρ is close to 1.
    let complement = Double.exp(logKappa * Double(layer))
    func u(_ index: Int) -> Double { index < 0 ? complement : 1 + Double(index) * rho }
    func v(_ index: Int) -> Double { 1 + Double(index) * before }
    let logG = (0..<tokens).map { 0.5 * Double.log(onePlus: difference / (u($0 - 1) * v($0))) }
    var result = Tensor<Double>(shape: [tokens, tokens], repeating: 0)
    for row in 0..<tokens {
      result[row, row] = row == 0 ? 1 : rootKappa * .exp(logG[row])
      guard row > 0 else { continue }
      let decrease = Double.exp(logG[row]) * .expMinusOne(logG[row - 1] - logG[row])
      var element =
        rootKappa
        * (Double.exp(logG[row - 1]) * difference / (u(row - 1) * v(row - 1)) + decrease * before / v(row - 1))
      result[row, row - 1] = element
      for column in stride(from: row - 1, to: 0, by: -1) {
        element +=
          rootKappa * .exp(logG[column]) * (rho / u(column)) * (v(column) / v(column - 1))
          * .expMinusOne(logG[column - 1] + logG[column])
        result[row, column - 1] = element
      }
    }
    return result
  }
}

// MARK: - E-SPA

extension SignalPreservingAttention {
  /// γ_l of E-SPA after layer l = 0…L, ∞ for l = 0; ∞ of another kernel.
  public func decay(afterLayer layer: Int) -> Double {
    guard case .exponential(let last) = kernel, layer > 0 else { return .infinity }
    if layer == depth { return last }
    return -0.5 * Self.logOneMinusExp(2 * logAlpha * Double(layer) / Double(depth))
  }

  /// ln α_L.
  private var logAlpha: Double {
    guard case .exponential(let last) = kernel else { preconditionFailure("The kernel is not exponential.") }
    return 0.5 * Self.logOneMinusExp(-2 * last)
  }

  /// ln A_l of E-SPA.
  ///
  /// In ρ = exp(−γ_l), ρ′ = exp(−γ_{l−1}) and t = α_L^(1/L), A_00 = 1, A_ii = t, A_i0 = ρ^(i−1) (ρ − tρ′) and else
  /// A_ij = t ρ^(i−j−1) (ρ − ρ′) below the diagonal. With Δ = γ_{l−1} − γ_l from the squares a² = α_L^(2l/L) = 1 − ρ²,
  /// neither difference cancels.
  private func exponentialLogarithms(layer: Int) -> Tensor<Double> {
    check(layer)
    let decay = decay(afterLayer: layer)
    let logT = logAlpha / Double(depth)
    // Δ = ½ ln(1 + a′²(1 − t²)/(1 − a′²)) with a′ = α_L^((l−1)/L): ∞ in the first layer.
    let logSquare = 2 * logT * Double(layer - 1)
    let delta =
      0.5 * Double.log(onePlus: .exp(logSquare) * Double.expMinusOne(2 * logT) / Double.expMinusOne(logSquare))
    let afterOthers = logT - decay + Self.logOneMinusExp(-delta)
    let afterFirst = -decay + .log(-.expMinusOne(logT) - .exp(logT) * .expMinusOne(-delta))
    return Tensor(rows: tokens, columns: tokens) { row, column in
      if column > row { return -.infinity }
      if column == row { return row == 0 ? 0 : logT }
      return column == 0
        ? afterFirst - decay * Double(row - 1) : afterOthers - decay * Double(row - column - 1)
    }
  }

  /// ln(1 − eˣ) for x < 0, accurate for any (Mächler 2012).
  private static func logOneMinusExp(_ x: Double) -> Double {
    x > -0.7 ? .log(-.expMinusOne(x)) : .log(onePlus: -.exp(x))
  }

  private func check(_ layer: Int) {
    precondition(
      layer >= 1 && layer <= depth, "Layer \(layer) of signal-preserving attention is not within 1…\(depth).")
  }
}
