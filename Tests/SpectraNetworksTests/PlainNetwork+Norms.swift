import ComplexModule
import RealModule

@testable import SpectraNetworks

extension PlainNetwork {
  /// The normaliser with the weights of a name.
  func normed(_ x: Value, _ name: String) -> Value {
    let norm = architecture.normalizer
    let epsilon = norm.number("eps") ?? 0
    func weighted(_ rows: Value) -> Value {
      let gain = parameters.tensors[name + ".weight"]?.elements
      let bias = parameters.tensors[name + ".bias"]?.elements
      return rows.map { row in
        row.indices.map { row[$0].multiplied(by: gain?[$0] ?? 1) + Number(bias?[$0] ?? 0) }
      }
    }
    switch norm.name {
    case .none: return x
    case .layernorm: return weighted(x.map { standardized($0, epsilon) })
    case .rmsnorm:
      return weighted(
        x.map { row in
          let root = Number.sqrt(mean(row.map { $0 * $0 }) + Number(epsilon))
          return row.map { $0 / root }
        })
    case .batchnorm: return weighted(transposed(transposed(x).map { standardized($0, epsilon) }))
    case .layernormSimple where norm.word("deviation") == "unbiased":
      return x.map { row in
        let center = mean(row)
        let squares = row.reduce(Number(0)) { $0 + ($1 - center) * ($1 - center) }
        let deviation = Number.sqrt(squares.divided(by: Double(row.count - 1))) + Number(epsilon)
        return row.map { ($0 - center) / deviation }
      }
    case .layernormSimple: return x.map { standardized($0, epsilon) }
    case .detachnorm:
      let detach = norm.word("detach")
      return x.map { row in
        let center = mean(row)
        let deviation = Number.sqrt(mean(row.map { ($0 - center) * ($0 - center) }) + Number(epsilon))
        let used = (
          mean: detach == "deviation" ? center : frozen(center),
          deviation: detach == "mean" ? deviation : frozen(deviation)
        )
        return row.map { ($0 - used.mean) / used.deviation }
      }
    case .adanorm:
      let (k, c) = (norm.number("k")!, norm.number("c")!)
      return x.map { row in
        standardized(row, epsilon).map { y in
          let factor = (Number(1) - y.multiplied(by: k)).multiplied(by: c)
          return (norm.isOn("detached") ? frozen(factor) : factor) * y
        }
      }
    case .frn:
      let threshold = numbers(name + ".tau")
      let added = x.count == 1 ? epsilon + 1e-4 : epsilon
      let rows = weighted(
        transposed(
          transposed(x).map { column in
            let root = Number.sqrt(mean(column.map { $0 * $0 }) + Number(added))
            return column.map { $0 / root }
          }))
      return rows.map { row in row.indices.map { row[$0].real > threshold[$0] ? row[$0] : Number(threshold[$0]) } }
    }
  }

  /// A number that the step does not move: what stands still in the derivative.
  private func frozen(_ x: Number) -> Number { Number(x.real) }

  private func mean(_ row: [Number]) -> Number { row.reduce(0, +).divided(by: Double(row.count)) }

  private func standardized(_ row: [Number], _ epsilon: Double) -> [Number] {
    let center = mean(row)
    let deviation = Number.sqrt(mean(row.map { ($0 - center) * ($0 - center) }) + Number(epsilon))
    return row.map { ($0 - center) / deviation }
  }

  private func transposed(_ x: Value) -> Value {
    x[0].indices.map { column in x.map { $0[column] } }
  }
}
