import Spectra

extension Architecture {
  /// Floating-point operations (a multiplication and an addition are two) of J by pushing every input's tangent through
  /// every product of the stack, counted from the sizes: what any program does that saves nothing.
  ///
  /// For one tangent, a token's projections are 4·d² and its feed-forward 2·d·h multiply-adds; the n tokens' scores and
  /// mixed values have two products of n²·d each, for both factors vary. Norms, activations and softmax are not counted.
  /// A program that merges or skips products is faster than this count says it can be: its share of the GEMM peak may
  /// pass 100 %.
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

/// GFLOP/s of products of square matrices, one on each thread at once: what the machine has to give. The best of several
/// rounds, because anything else that runs can only slow it down.
func matrixProductPeak(_ precision: Precision, threads: Int) -> Double {
  func peak<Scalar: NetworkScalar>(_ scalar: Scalar.Type) -> Double {
    let (size, products, rounds) = (768, 4, 8)
    let factor = Tensor<Scalar>(rows: size, columns: size) { Scalar(($0 * 7 + $1 * 3) % 11 - 5) }
    let best =
      (0..<rounds).map { _ in
        seconds {
          _ = Parallel.map(Array(0..<threads), threads: threads) { _ in
            for _ in 0..<products { _ = factor.multiplied(by: factor) }
          }
        }
      }.min() ?? .infinity
    return 2 * Double(size * size * size) * Double(products * threads) / best * 1e-9
  }
  return precision == .double ? peak(Double.self) : peak(Float.self)
}
