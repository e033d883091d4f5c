import Spectra

extension Architecture {
  /// Floating-point operations (a multiplication and an addition are two) of J by pushing every input's tangent through
  /// every product of the stack, counted from the sizes: what any program does that saves nothing, whatever ours does.
  ///
  /// For one tangent, a token's projections are 4·d² and its feed-forward 2·d·h multiply-adds (8·d² where h = 4·d); the
  /// scores and the mixed values of n tokens have two products of n²·d each, for both factors vary. Altogether, with
  /// h = 4·d, 2 · (12·d² + 4·n·d) operations for each layer, tangent and token. Norms, activations and softmax are not
  /// counted. A program that merges or skips products is faster than this count says it can be: its share of the GEMM
  /// peak may pass 100 %.
  var usefulJacobianOperations: Double {
    let (n, d, h) = (Double(tokens), Double(width), Double(hidden))
    let layer = n * (4 * d * d + 2 * d * h) + 4 * n * n * d
    return 2 * Double(depth) * layer * Double(size)
  }

  /// Floating-point operations of the singular values of J: 8/3 N³ for its reduction to a bidiagonal matrix, beside which
  /// the rest is small (Golub and Van Loan, Matrix Computations, 4th edition, §8.6).
  var singularValueOperations: Double {
    let size = Double(size)
    return 8 / 3 * size * size * size
  }
}

extension Job {
  /// Of all samples.
  var jacobianOperations: Double { architecture.usefulJacobianOperations * Double(samples) }
  var singularValueOperations: Double {
    singularValues ? architecture.singularValueOperations * Double(samples) : 0
  }
}
