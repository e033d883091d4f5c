@_exported public import RealModule
@_exported public import SpectraAnalysis
@_exported public import SpectraDifferentiation
@_exported public import SpectraFigures
@_exported public import SpectraLinearAlgebra
@_exported public import SpectraNetworks
@_exported public import SpectraRandom
@_exported public import SpectraReports
