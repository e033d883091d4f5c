/// The release this is.
public enum SpectraVersion {
  /// The version of this package.
  public static let current = "0.1.0"
}
