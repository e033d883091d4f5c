import SpectraReports

extension Experiment {
  /// Checks that what runs at once fits in the memory that is available.
  ///
  /// - Throws: `ConfigurationError` that says how large the Jacobians are and what to reduce.
  func requireMemory(threads: Int) throws(ConfigurationError) {
    guard let available = SystemMemory.available else { return }
    let threads = min(threads, cases.count * configuration.samples)
    let scalar = Double(configuration.precision == .double ? 8 : 4)
    for network in cases {
      let architecture = network.architecture
      let size = Double(architecture.tokens) * Double(architecture.width)
      let layers = Double(configuration.layers.count(ofDepth: architecture.depth))
      let jacobian = size * size * scalar
      // The product method: each layer's Jacobian, which its decomposition destroys, and as much again as workspace,
      // or as the copy that small ones are decomposed in. The resolved one, after it: the basis, its images with a copy,
      // Q, R, the Gram matrix, and the factor with what it is multiplied into.
      let isDense =
        configuration.method == .product || (configuration.method == .auto && configuration.precision == .double)
      let product = isDense ? jacobian * (layers + 1) : 0
      let resolved = configuration.method == .product ? 0 : size * size * 8 * 8
      let perSample = max(product, resolved)
      // Weights exist in double precision and in the precision of the run.
      let weights = Double(architecture.depth) * architecture.layerElements * (8 + scalar)
      // The probabilities of every layer, where values are not multiplied by them alone that matrix and a bias as well, and
      // the scores' tangents of one chunk, at least 16 of them.
      let tokens = Double(architecture.tokens)
      let perLayer = Double(architecture.heads) * (architecture.attention.name == .softmax ? 1 : 2) + 1
      let attention =
        architecture.block == .fc ? 0 : tokens * tokens * scalar * (Double(architecture.depth) * perLayer + 16)
      let needed = Double(threads) * (perSample + weights + attention)
      guard needed > Double(available) else { continue }
      let dominant =
        perSample >= max(weights, attention)
        ? "the Jacobian of \(architecture.tokens == 1 ? "--width \(architecture.width)" : "--tokens \(architecture.tokens) × --width \(architecture.width)") "
          + "is a matrix of \(SystemMemory.text(bytes: jacobian))"
          + (product >= resolved
            ? layers > 1 ? " for each of \(Int(layers)) layers" : ""
            : ", and --method \(configuration.method.rawValue) works with eight in double precision")
        : (weights >= attention
          ? "the weights take \(SystemMemory.text(bytes: weights))"
          : "the attention of --tokens \(architecture.tokens) takes \(SystemMemory.text(bytes: attention))")
      throw ConfigurationError(
        "width",
        SystemMemory.shortage(needed: needed, available: available) + ": \(dominant); "
          + "reduce --width, --tokens, --depth, --layers or --threads, or use "
          + (product >= resolved ? "--precision float." : "--method product."))
    }
    try requireMemoryForRecords(available: available)
  }

  /// What stays of every sample until the end: its singular values, and some hundred numbers beside them.
  private func requireMemoryForRecords(available: Int) throws(ConfigurationError) {
    let perSample = cases.reduce(0.0) { sum, network in
      let architecture = network.architecture
      let layers = Double(configuration.layers.count(ofDepth: architecture.depth))
      return sum + layers * (Double(architecture.tokens) * Double(architecture.width) + 100) * 8
    }
    let needed = Double(configuration.samples) * perSample
    guard needed > Double(available) else { return }
    throw ConfigurationError(
      "samples",
      SystemMemory.shortage(needed: needed, available: available)
        + ": the spectra of --samples \(configuration.samples) take that much; reduce --samples, --layers or --width.")
  }
}

extension Architecture {
  /// The number of elements of one layer's matrices, beside which biases do not count.
  var layerElements: Double {
    var layer = self
    layer.depth = 1
    let matrices = layer.parameters.map(\.shape).filter { $0.count == 2 }
    return matrices.reduce(0.0) { sum, shape in sum + Double(shape[0]) * Double(shape[1]) }
  }
}

/// The machine's memory.
enum SystemMemory {
  /// The beginning of a sentence that says that there is too little.
  static func shortage(needed: Double, available: Int) -> String {
    "The run needs about \(text(bytes: needed)) of memory, but \(text(bytes: Double(available))) are available"
  }

  /// A number of bytes in the unit that suits it, `1.5 GB`.
  static func text(bytes: Double) -> String {
    let units = ["bytes", "KB", "MB", "GB", "TB", "PB", "EB"]
    var (value, unit) = (bytes, 0)
    while value >= 1000, unit < units.count - 1 { (value, unit) = (value / 1000, unit + 1) }
    let rounded = (value * 10).rounded() / 10
    return rounded == rounded.rounded() && rounded < 1e15
      ? "\(Int(rounded)) \(units[unit])" : "\(rounded) \(units[unit])"
  }

  /// The bytes that a process may still use without swapping, or nil where the system does not say.
  static var available: Int? {
    guard let bytes = try? FileBytes.read("/proc/meminfo") else { return nil }
    for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") where line.hasPrefix("MemAvailable:") {
      let fields = line.split(separator: " ")
      return fields.count > 1 ? Int(fields[1]).map { $0 * 1024 } : nil
    }
    return nil
  }
}
