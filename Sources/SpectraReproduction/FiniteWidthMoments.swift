/// The first two moments of σ² of a fully connected network at initialisation, exact at a finite width N.
///
/// J = Π_l D_l W_l with square weights, independent Gaussian or Haar-orthogonal times a scale, and gates that open with
/// probability p (p = 1 is a linear network; ReLU has p = ½ at any input, for a row's sign does not change what it adds to
/// J Jᵀ's diagonal or to squares beside it). With A = J Jᵀ of the layers so far, S = E tr A², T = E (tr A)², and B = W A Wᵀ,
/// Wick's theorem gives for Gaussian rows of N(0, 1/N)
///
/// E Σ_i B_ii² = (T + 2S)/N, E Σ_{i≠j} B_ij² = (N − 1) S/N, E Σ_{i≠j} B_ii B_jj = (N − 1) T/N,
///
/// and for orthogonal ones, where tr B² = tr A² and tr B = tr A, E Σ_i B_ii² = (T + 2S)/(N + 2). Gates keep a diagonal term with
/// probability p and one beside the diagonal with p². So (S, T) of the next layer is linear in that of the last. As N → ∞ the
/// variance of λ = σ² tends to L/p for Gaussian and L (1 − p)/p for orthogonal weights at criticality (Pennington,
/// Schoenholz, Ganguli 2017, arXiv 1711.04735, section 2.5).
struct FiniteWidthMoments {
  /// E tr (J Jᵀ)².
  private(set) var squares: Double
  /// E (tr J Jᵀ)².
  private(set) var squaredTrace: Double
  private let width: Double

  /// No layer yet: J = 1.
  init(width: Int) {
    self.width = Double(width)
    (squares, squaredTrace) = (Double(width), Double(width) * Double(width))
  }

  /// E[m_2 − m_1²], the variance of λ within one network, the mean over networks.
  var variance: Double { squares / width - squaredTrace / (width * width) }

  /// After one more layer with weights of N(0, σ_w²/N) or σ_w times orthogonal ones.
  func layer(isOrthogonal: Bool, sigmaW: Double, open p: Double) -> FiniteWidthMoments {
    let (n, s, t) = (width, squares, squaredTrace)
    let diagonal = (t + 2 * s) / (isOrthogonal ? n + 2 : n)
    let besideSquares = isOrthogonal ? s - diagonal : (n - 1) / n * s
    let besideTraces = isOrthogonal ? t - diagonal : (n - 1) / n * t
    let scale = sigmaW * sigmaW * sigmaW * sigmaW
    var next = self
    next.squares = scale * (p * diagonal + p * p * besideSquares)
    next.squaredTrace = scale * (p * diagonal + p * p * besideTraces)
    return next
  }
}
