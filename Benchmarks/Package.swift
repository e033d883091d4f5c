// swift-tools-version: 6.1
import PackageDescription

// A package of its own, so that nobody who uses the library downloads or builds it.
let package = Package(
  name: "spectra-benchmark",
  dependencies: [
    .package(name: "spectra", path: ".."),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
  ],
  targets: [
    .executableTarget(
      name: "spectra-benchmark",
      dependencies: [
        .product(name: "Spectra", package: "spectra"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "Sources/SpectraBenchmark")
  ],
  swiftLanguageModes: [.v6]
)
