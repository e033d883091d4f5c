// swift-tools-version: 6.1
import PackageDescription

let package = Package(
  name: "spectra",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "Spectra", targets: ["Spectra"]),
    .library(name: "SpectraReproduction", targets: ["SpectraReproduction"]),
    .executable(name: "spectra", targets: ["SpectraCLI"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-numerics", from: "1.1.0"),
  ],
  targets: [
    // The only C in the package: apt provides both, pkg-config says where they are.
    .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(name: "CLAPACKE", pkgConfig: "lapacke", providers: [.apt(["liblapacke-dev"])]),

    // In the order of imports: each may import what stands above it.
    .target(name: "SpectraRandom"),
    .target(
      name: "SpectraLinearAlgebra",
      dependencies: [
        "SpectraRandom", "COpenBLAS", "CLAPACKE", .product(name: "RealModule", package: "swift-numerics"),
      ]),
    .target(
      name: "SpectraDifferentiation",
      dependencies: ["SpectraLinearAlgebra", "SpectraRandom", .product(name: "RealModule", package: "swift-numerics")]),
    .target(
      name: "SpectraNetworks",
      dependencies: [
        "SpectraDifferentiation", "SpectraRandom", .product(name: "RealModule", package: "swift-numerics"),
      ]),
    .target(
      name: "SpectraAnalysis",
      dependencies: ["SpectraDifferentiation", .product(name: "RealModule", package: "swift-numerics")]),
    .target(
      name: "SpectraTheory",
      dependencies: [
        "SpectraNetworks", "SpectraAnalysis", .product(name: "RealModule", package: "swift-numerics"),
        .product(name: "ComplexModule", package: "swift-numerics"),
      ]),
    .target(name: "SpectraReports", dependencies: ["SpectraAnalysis", "SpectraLinearAlgebra"]),
    .target(
      name: "SpectraFigures",
      dependencies: ["SpectraReports", "SpectraAnalysis", .product(name: "RealModule", package: "swift-numerics")]),
    .target(
      name: "Spectra",
      dependencies: [
        "SpectraNetworks", "SpectraAnalysis", "SpectraTheory", "SpectraReports", "SpectraFigures",
        .product(name: "RealModule", package: "swift-numerics"),
      ]),
    .target(name: "SpectraReproduction", dependencies: ["Spectra"]),
    .executableTarget(
      name: "SpectraCLI",
      dependencies: [
        "Spectra", "SpectraReproduction", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),

    // Shared by tests; no part of any product.
    .target(name: "TestSupport", dependencies: ["SpectraAnalysis"], path: "Tests/Support"),
    .testTarget(name: "SpectraRandomTests", dependencies: ["SpectraRandom"]),
    .testTarget(name: "SpectraLinearAlgebraTests", dependencies: ["SpectraLinearAlgebra"]),
    .testTarget(name: "SpectraDifferentiationTests", dependencies: ["SpectraDifferentiation"]),
    .testTarget(
      name: "SpectraNetworksTests",
      dependencies: [
        "SpectraNetworks", "SpectraAnalysis", .product(name: "ComplexModule", package: "swift-numerics"),
      ], exclude: ["Fixtures"]),
    .testTarget(name: "SpectraAnalysisTests", dependencies: ["SpectraAnalysis"]),
    .testTarget(name: "SpectraTheoryTests", dependencies: ["SpectraTheory"]),
    .testTarget(
      name: "SpectraReportsTests", dependencies: ["SpectraReports", "TestSupport"], exclude: ["Snapshots"]),
    .testTarget(
      name: "SpectraFiguresTests", dependencies: ["SpectraFigures", "TestSupport"], exclude: ["Schemas", "Snapshots"]),
    .testTarget(name: "SpectraTests", dependencies: ["Spectra", "TestSupport"], exclude: ["Fixtures"]),
    .testTarget(
      name: "SpectraReproductionTests", dependencies: ["SpectraReproduction", "TestSupport"], exclude: ["Snapshots"]),
    .testTarget(
      name: "SpectraCLITests",
      dependencies: [
        "SpectraCLI", "Spectra", "SpectraReproduction", "TestSupport",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], exclude: ["Snapshots"]),
  ],
  swiftLanguageModes: [.v6]
)
