import Spectra

extension SpectralCurve {
  /// The Kolmogorov–Smirnov distance of pooled spectra from the law: the largest difference of the shares of values below any
  /// ln σ. Zeros and values below the noise floor count as below all others.
  package func distance(to spectra: [Spectrum]) -> Double {
    let values = spectra.flatMap(\.logSingularValues).sorted()
    let all = Double(spectra.reduce(0) { $0 + $1.count })
    let zeros = all - Double(values.count)
    return values.indices.reduce(abs(zeros / all - zeroMass)) { largest, index in
      let value = values[index]
      return max(
        largest, abs((zeros + Double(index)) / all - cumulative(below: value)),
        abs((zeros + Double(index + 1)) / all - cumulative(at: value)))
    }
  }
}
