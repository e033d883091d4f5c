/// The share of all values that stands at full height where several histograms of text have one scale: the highest of
/// their peaks that leaves every one at least a quarter of the height, which is two lines.
///
/// Peaks that tower over it, as where all σ are equal, are cut off; peaks twenty times below the highest do not count,
/// since where nearly all mass lies beside the axis the rest would cut off everything else.
///
/// - Parameter peaks: the highest share of each histogram; those that are 0 do not count.
package func commonFullShare(ofPeaks peaks: [Double]) -> Double {
  guard let (lowest, highest) = ends(ofPeaks: peaks) else { return 1 }
  return peaks.filter { $0 <= 4 * lowest }.max() ?? highest
}

/// The share that stands at full height of a drawing: all of the highest peak, unless that leaves another less than a
/// quarter of the height.
///
/// - Parameter peaks: as above.
package func drawnFullShare(ofPeaks peaks: [Double]) -> Double {
  guard let (lowest, highest) = ends(ofPeaks: peaks) else { return 1 }
  return min(highest, 4 * lowest)
}

/// The share above which one is cut off by a scale: what is higher by rounding alone is not.
package func cutOff(ofFullShare fullShare: Double) -> Double { fullShare * (1 + 1e-9) }

extension Double {
  /// The share at full height where a law's peaks are higher than the measured ones: as high as those of them that leave what
  /// was measured half of the height.
  package func stretched(toPeaks peaks: [Double]) -> Double {
    Swift.max(self, peaks.filter { $0 <= 2 * self }.max() ?? self)
  }
}

/// The highest peak and the lowest that counts.
private func ends(ofPeaks peaks: [Double]) -> (lowest: Double, highest: Double)? {
  guard let highest = peaks.max(), highest > 0, let lowest = peaks.filter({ $0 >= highest / 20 }).min() else {
    return nil
  }
  return (lowest, highest)
}
