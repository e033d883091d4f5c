/// The share of all values that stands at full height where several histograms have one scale: the highest that leaves
/// every one at least a quarter of the height.
///
/// Peaks that tower over it, as where all σ are equal, are cut off; peaks twenty times below the highest do not count,
/// since where nearly all mass lies beside the axis the rest would cut off everything else.
///
/// - Parameter peaks: the highest share of each histogram; those that are 0 do not count.
package func commonFullShare(ofPeaks peaks: [Double]) -> Double {
  let peaks = peaks.filter { $0 > 0 }.sorted()
  guard let highest = peaks.last, let lowest = peaks.first(where: { $0 >= highest / 20 }) else { return 1 }
  return peaks.last { $0 <= 4 * lowest } ?? highest
}
