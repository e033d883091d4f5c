public import SpectraAnalysis

/// A form in which a propagation can be written.
public protocol PropagationReport: Sendable {
  /// The whole text, ending in a newline.
  ///
  /// - Throws: `EncodingError` where the configuration holds a number that the form cannot express.
  func text<Configuration>(of record: PropagationRecord<Configuration>) throws -> String
}

/// The whole run as one JSON document, following `docs/spectra.propagate.schema.json`.
public struct PropagationJSONReport: PropagationReport {
  public init() {}

  public func text<Configuration>(of record: PropagationRecord<Configuration>) throws -> String {
    try JSONValue(encoding: record).pretty
  }
}

/// A tidy table (RFC 4180 with `\n`): one row for each architecture, depth, layer and quantity, with the number of samples that
/// have it, their mean and standard error, and the recursion's value. What does not exist is an empty field.
///
/// The exponents stand in rows of the last layer as `angle_exponent` and `gradient_exponent`.
public struct PropagationCSVReport: PropagationReport {
  public init() {}

  public func text<Configuration>(of record: PropagationRecord<Configuration>) -> String {
    var text = "architecture,depth,layer,quantity,count,mean,standard_error,recursion\n"
    func field(_ value: Double?) -> String { CSVReport.field(value) }
    for stack in record.stacks {
      let lead = "\(CSVReport.field(stack.architecture)),\(stack.depth)"
      for layer in stack.layers {
        for quantity in PropagationQuantity.allCases {
          guard let found = layer.statistics[quantity] else { continue }
          text += "\(lead),\(layer.layer),\(quantity.rawValue),\(found.count),\(field(found.mean)),"
          text += "\(field(found.standardError)),\(field(layer.recursion[quantity]))\n"
        }
      }
      for (name, exponent) in [("angle_exponent", stack.angle), ("gradient_exponent", stack.gradient)] {
        text += "\(lead),\(stack.depth),\(name),,\(field(exponent.measured)),\(field(exponent.standardError)),"
        text += "\(field(exponent.recursion))\n"
      }
    }
    return text
  }
}
