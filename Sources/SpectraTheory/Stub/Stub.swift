public import SpectraDifferentiation
public import SpectraAnalysis
public struct Gates: Sendable, Equatable { public var values: [Double]; public var weights: [Double]
  public static let open = Gates(values: [1], weights: [1])
  public init(values: [Double], weights: [Double]) { self.values = values; self.weights = weights }
  public init(of activation: any Activation, variance q: Double) { self = .open } }
public enum WeightEnsemble: String, Sendable, Codable, CaseIterable { case gaussian, orthogonal }
public struct FreeProductLaw: SpectralLaw {
  public struct Layers: Sendable { public var weights: WeightEnsemble; public var sigmaW: Double; public var gates: Gates; public var count: Int
   public init(weights: WeightEnsemble, sigmaW: Double, gates: Gates, count: Int) { self.weights = weights; self.sigmaW = sigmaW; self.gates = gates; self.count = count } }
  public init(layers: Int, weights: WeightEnsemble, sigmaW: Double, gates: Gates) throws(TheoryError) {}
  public init(_ layers: [Layers]) throws(TheoryError) {}
  public var name: String { "" }; public var source: String { "" }; public var parameters: [TheoryRecord.Parameter] { [] }
  public var atoms: [SpectralCurve.Atom] { [] }; public var logMeanSquared: Double { 0 }; public var relativeVariance: Double { 0 }
  public func edges() throws(TheoryError) -> (lower: Double, upper: Double)? { nil }
  public func density(at logSingularValue: Double) throws(TheoryError) -> Double { 0 }
  public func curve(points: Int) throws(TheoryError) -> SpectralCurve { SpectralCurve(logSingularValues: [], density: [], cumulative: []) }
}
public struct ResidualLaw: SpectralLaw {
  public init(strength c: Double, logScale: Double = 0) throws(TheoryError) {}
  public var name: String { "" }; public var source: String { "" }; public var parameters: [TheoryRecord.Parameter] { [] }
  public var atoms: [SpectralCurve.Atom] { [] }; public var logMeanSquared: Double { 0 }; public var relativeVariance: Double { 0 }
  public func edges() throws(TheoryError) -> (lower: Double, upper: Double)? { nil }
  public func density(at logSingularValue: Double) throws(TheoryError) -> Double { 0 }
  public func curve(points: Int) throws(TheoryError) -> SpectralCurve { SpectralCurve(logSingularValues: [], density: [], cumulative: []) }
}
extension SpectralLaw { public func prediction(points: Int = 512, fitted: String? = nil) throws(TheoryError) -> TheoryRecord.Prediction { fatalError() } }
