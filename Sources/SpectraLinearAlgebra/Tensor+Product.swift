extension Tensor {
  /// The matrix product `self · other` of shapes `[m, k]` and `[k, n]`, each factor transposed first where its flag
  /// says so.
  public func multiplied(
    by other: Tensor, transposingSelf: Bool = false, transposingOther: Bool = false
  ) -> Tensor {
    let (m, k) = transposingSelf ? (columns, rows) : (rows, columns)
    let (inner, n) = transposingOther ? (other.columns, other.rows) : (other.rows, other.columns)
    precondition(k == inner, "Matrices of shapes \(shape) and \(other.shape) cannot be multiplied.")
    var result = Tensor(shape: [m, n], repeating: 0)
    if m == 0 || n == 0 || k == 0 { return result }
    let strides = (a: columns, b: other.columns)
    elements.withUnsafeBufferPointer { a in
      other.elements.withUnsafeBufferPointer { b in
        result.elements.withUnsafeMutableBufferPointer { c in
          Scalar.gemm(
            transposeA: transposingSelf, transposeB: transposingOther, m: m, n: n, k: k, alpha: 1, a: a.baseAddress!,
            strideA: strides.a, b: b.baseAddress!, strideB: strides.b, beta: 0, c: c.baseAddress!, strideC: n)
        }
      }
    }
    return result
  }

  /// The rows times a transposed weight of shape `[outputs, inputs]`, plus a bias of `outputs` elements.
  public func affine(weight: Tensor, bias: Tensor?) -> Tensor {
    let (rows, inputs, outputs) = (rows, columns, weight.rows)
    precondition(
      weight.columns == inputs && bias?.count ?? outputs == outputs,
      "A weight of shape \(weight.shape) with a bias of \(bias?.count ?? 0) elements does not take \(inputs) features.")
    return Tensor(
      shape: [rows, outputs],
      elements: Scalar.affine(
        elements, rows: rows, inputs: inputs, outputs: outputs, weight: weight.elements, bias: bias?.elements))
  }
}
