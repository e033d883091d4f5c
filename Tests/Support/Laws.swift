import Foundation
import SpectraAnalysis

/// Laws for reports and figures.
extension SpectralCurve {
  /// The law of a square Gaussian matrix, σ in 0…2 with the density √(4 − σ²)/π (Marchenko and Pastur 1967), stretched by
  /// exp(`shift`), with further shares at zero and at one place.
  public static func quarterCircle(
    shift: Double = 0, zeros: Double = 0, atom: Double = 0, at place: Double = 0, points: Int = 200
  ) -> SpectralCurve {
    let places = (0..<points).map { log(2) - 9 * pow(1 - Double($0) / Double(points - 1), 2) }
    let rest = 1 - zeros - atom
    return SpectralCurve(
      logSingularValues: places.map { $0 + shift },
      density: places.map { place in
        let sigma = min(exp(place), 2)
        return rest * sigma * (4 - sigma * sigma).squareRoot() / .pi
      },
      cumulative: places.map { rest * quarterCircle(below: exp($0)) },
      atoms: [.init(logSingularValue: nil, weight: zeros), .init(logSingularValue: place, weight: atom)])
  }

  /// The share of that law below σ, where it is not stretched and has no other part.
  public static func quarterCircle(below sigma: Double) -> Double {
    let half = min(sigma, 2) / 2
    return 2 / .pi * (half * (1 - half * half).squareRoot() + asin(half))
  }

  /// Curves that a number makes strange at each of its places; no law has them.
  public static func hostile(_ number: Double) -> [SpectralCurve] {
    [
      SpectralCurve(logSingularValues: [-1, 1], density: [number, number], cumulative: [0.2, 0.4]),
      SpectralCurve(logSingularValues: [-1, 1], density: [0.1, 0.1], cumulative: [number, number]),
      SpectralCurve(logSingularValues: [number, 1], density: [0.1, 0.1], cumulative: [0, 0.5]),
      SpectralCurve(
        logSingularValues: [], density: [], cumulative: [], atoms: [.init(logSingularValue: number, weight: 0.5)]),
      SpectralCurve(
        logSingularValues: [], density: [], cumulative: [], atoms: [.init(logSingularValue: 0, weight: number)]),
    ]
  }
}
