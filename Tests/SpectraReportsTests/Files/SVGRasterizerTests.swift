import Foundation
import TestSupport
import Testing

@testable import SpectraReports

@Suite("PNG through a renderer of the system") struct SVGRasterizerTests {
  // MARK: - With programs that only pretend to render

  @Test("The renderer gets the picture, the size in pixels and the environment, and its PNG comes back")
  func works() throws {
    try withRenderer(
      "rsvg-convert",
      """
      echo "$@" > "$FOLDER/arguments"
      /bin/cat > "$FOLDER/received"
      echo "Fontconfig warning: not important" >&2
      /bin/cat "$FOLDER/300x150.png"
      """
    ) { rasterizer, folder in
      #expect(rasterizer.name == "rsvg-convert")
      // Far above what a pipe holds (64 KiB), in both directions.
      let svg = "<svg>" + String(repeating: "σ ", count: 1 << 20) + "</svg>"
      let png = try rasterizer.png(ofSVG: svg, width: 200, height: 100, scale: 1.5)
      #expect(png == contents(ofFile: folder + "/300x150.png"))
      #expect(contents(ofFile: folder + "/received") == Array(svg.utf8))
      let arguments = String(decoding: contents(ofFile: folder + "/arguments") ?? [], as: UTF8.self)
      #expect(arguments == "--format png --unlimited --width 300 --height 150\n")
      try expectNothingLeft(in: folder)
    }
  }

  @Test(
    "What goes wrong in the renderer is said in one sentence",
    arguments: [
      (
        "/bin/cat >/dev/null; echo 'Error reading SVG stdin: no.' >&2; echo more >&2; exit 1",
        "it says “Error reading SVG stdin: no” (exit code 1)"
      ),
      ("printf '\\n \\n\\033[31mred\\n' >&2; exit 255", "it says “\\u{1B}[31mred” (exit code 255)"),
      (
        "printf 'Traceback (most recent call last):\\n  File x\\nKeyError: 1\\n' >&2; exit 1",
        "it says “KeyError: 1” (exit code 1)"
      ),
      ("exit 2", "it says nothing (exit code 2)"),
      // It hangs up without reading a large picture: nobody is sent SIGPIPE.
      ("exec 0<&-; exit 0", "what it wrote is not a whole PNG file"),
      ("kill -9 $$", "it was ended by signal 9"),
      ("echo garbage", "what it wrote is not a whole PNG file"),
      ("/usr/bin/head -c 40 \"$FOLDER/300x150.png\"", "what it wrote is not a whole PNG file"),
      ("/bin/cat \"$FOLDER/7x5.png\"", "it drew 7 × 5 pixels instead of 300 × 150"),
      // More messages than anybody wants to keep.
      (
        "/usr/bin/head -c 3000000 /dev/zero | /usr/bin/tr '\\0' x >&2; exit 1",
        "it says “\(String(repeating: "x", count: 300))…” (exit code 1)"
      ),
    ])
  func failures(script: String, reason: String) throws {
    try withRenderer("rsvg-convert", script) { rasterizer, folder in
      let svg = String(repeating: "<g/>", count: 1 << 20)
      let error = #expect(throws: SVGRasterizerError.self) {
        _ = try rasterizer.png(ofSVG: svg, width: 200, height: 100, scale: 1.5)
      }
      #expect(error == .failed(renderer: "rsvg-convert", reason: reason))
      #expect(error?.exitCode == 74)
      #expect(
        error?.description == "rsvg-convert could not turn the picture into PNG: \(reason); write .svg or .html.")
      try expectNothingLeft(in: folder)
    }
  }

  @Test("A program that cannot be started is named with the system's reason")
  func notStarted() throws {
    try withTemporaryFolder { folder in
      try install("rsvg-convert", "#!/no/such/interpreter\n", in: folder)
      let rasterizer = try SVGRasterizer.find(environment: ["PATH": folder])
      #expect(
        throws: SVGRasterizerError.failed(
          renderer: "rsvg-convert",
          reason: "\(folder)/rsvg-convert could not be started (no such file or directory)")
      ) { _ = try rasterizer.png(ofSVG: "<svg/>", width: 1, height: 1, scale: 1) }
    }
  }

  @Test("Where there is no folder for temporary files, that is the reason")
  func noTemporaryFolder() throws {
    try withRenderer("rsvg-convert", "exit 1", environment: ["TMPDIR": "/no/such/folder"]) { rasterizer, _ in
      #expect(
        throws: SVGRasterizerError.failed(
          renderer: "rsvg-convert",
          reason: "its temporary files in /no/such/folder failed (no such file or directory)")
      ) { _ = try rasterizer.png(ofSVG: "<svg/>", width: 1, height: 1, scale: 1) }
    }
  }

  // MARK: - Finding one

  @Test("The first renderer of the list wins, wherever on the PATH it is; folders and plain files are no programs")
  func order() throws {
    try withTemporaryFolder { folder in
      for name in ["a", "b", "c/rsvg-convert"] {
        try FileManager.default.createDirectory(atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
      }
      let path = "\(folder)/c::/no/such/folder:\(folder)/a:\(folder)/b"
      func found() throws -> String { try SVGRasterizer.find(environment: ["PATH": path]).name }

      #expect(throws: SVGRasterizerError.notInstalled) { _ = try found() }
      try install("inkscape", "", in: folder + "/b")
      #expect(try found() == "inkscape")
      try install("rsvg-convert", "", in: folder + "/a", permissions: 0o644)
      #expect(try found() == "inkscape")
      try install("rsvg-convert", "", in: folder + "/b")
      #expect(try found() == "rsvg-convert")
    }
  }

  @Test("Without a renderer the message says what to install")
  func missing() throws {
    try withTemporaryFolder { folder in
      let error = #expect(throws: SVGRasterizerError.self) {
        _ = try SVGRasterizer.find(environment: ["PATH": folder])
      }
      #expect(error?.exitCode == 73)
      #expect(
        error?.description == """
          PNG needs a renderer of SVG, and the PATH has none of rsvg-convert, inkscape: install one \
          (apt-get install librsvg2-bin) or write .svg or .html.
          """)
    }
  }

  // MARK: - Sizes

  @Test(
    "Sizes in pixels are whole, and limited",
    arguments: [
      (200, 100, 1.5, 300, 150), (1, 1, 0.5, 1, 1), (333, 5, 0.1, 33, 1),
      (32767, 1, 1, 32767, 1), (1 << 14, 1 << 14, 1, 1 << 14, 1 << 14),
      (32768, 1, 1, nil, nil), (1, 32768, 1, nil, nil), ((1 << 14) + 1, 1 << 14, 1, nil, nil),
      (100, 100, 1000, nil, nil),
      (100, 1, 0.1, nil, nil), (0, 5, 1, nil, nil), (5, -5, 1, nil, nil), (5, 5, 0, nil, nil), (5, 5, -1, nil, nil),
      (5, 5, .nan, nil, nil), (5, 5, .infinity, nil, nil), (.max, .max, 1e300, nil, nil),
    ] as [(Int, Int, Double, Int?, Int?)])
  func sizes(width: Int, height: Int, scale: Double, x: Int?, y: Int?) throws {
    if let x, let y {
      let size = try SVGRasterizer.pixels(width: width, height: height, scale: scale)
      #expect(size == (x, y))
    } else {
      let error = #expect(throws: SVGRasterizerError.self) {
        _ = try SVGRasterizer.pixels(width: width, height: height, scale: scale)
      }
      #expect(error?.exitCode == 64)
      #expect(error?.description.hasPrefix("A picture of \(width) × \(height) at scale \(scale) cannot be") == true)
    }
  }

  // MARK: - With the programs that are installed here

  static let installed = SVGRasterizer.Renderer.allCases.compactMap { renderer in
    ChildProcess.path(of: renderer.rawValue, environment: ProcessInfo.processInfo.environment).map { (renderer, $0) }
  }

  @Test("A real renderer draws a picture of the size asked for", .enabled(if: !installed.isEmpty), arguments: installed)
  func real(renderer: SVGRasterizer.Renderer, path: String) throws {
    // Odd sizes whose proportions the pixels do not have exactly; letters that are not ASCII.
    let svg = """
      <svg xmlns="http://www.w3.org/2000/svg" width="201" height="101" viewBox="0 0 201 101">\
      <rect width="201" height="101" fill="#fff"/><text x="10" y="50" font-family="sans-serif">ln σ ± ∂h</text></svg>
      """
    try withTemporaryFolder { folder in
      var environment = ProcessInfo.processInfo.environment
      // Inkscape writes a profile.
      environment["HOME"] = folder
      let rasterizer = SVGRasterizer(renderer: renderer, path: path, environment: environment)
      // 275.37 × 138.37.
      let png = try rasterizer.png(ofSVG: svg, width: 201, height: 101, scale: 1.37)
      let size = try #require(SVGRasterizer.size(ofPNG: png))
      #expect(size == (275, 138))

      // What stands last is drawn: after many lines, a word that follows another with a colour of its own.
      func picture(_ last: String) throws -> [UInt8] {
        let lines = (0..<300).map { "<rect x=\"\($0 % 200)\" y=\"90\" width=\"1\" height=\"\(1 + $0 % 7)\"/>\n" }
          .joined()
        let word = "<text x=\"10\" y=\"50\"><tspan fill=\"#900\">ln σ</tspan>\(last)</text>\n"
        return try rasterizer.png(
          ofSVG: svg.replacing("</svg>", with: "\(lines)\(word)</svg>\n"), width: 201, height: 101, scale: 1)
      }
      #expect(try picture(" of J") != picture(""))
    }
  }
}

// MARK: - Renderers that are scripts

/// Runs `body` with a renderer that is a shell script; `$FOLDER` is a folder with PNG files of 300 × 150 and 7 × 5.
private func withRenderer(
  _ name: String, _ script: String, environment: [String: String] = [:],
  _ body: (SVGRasterizer, _ folder: String) throws -> Void
) throws {
  try withTemporaryFolder { folder in
    for (width, height) in [(300, 150), (7, 5)] {
      let file = Data(pretendedPNG(width: width, height: height))
      try file.write(to: URL(fileURLWithPath: "\(folder)/\(width)x\(height).png"))
    }
    let temporary = folder + "/temporary"
    try FileManager.default.createDirectory(atPath: temporary, withIntermediateDirectories: false)
    try install(name, "#!/bin/sh\n\(script)\n", in: folder)
    let environment = ["PATH": folder, "TMPDIR": temporary, "FOLDER": folder].merging(environment) { _, new in new }
    try body(try SVGRasterizer.find(environment: environment), folder)
  }
}

private func install(_ name: String, _ text: String, in folder: String, permissions: Int = 0o755) throws {
  let path = "\(folder)/\(name)"
  try text.write(toFile: path, atomically: false, encoding: .utf8)
  try FileManager.default.setAttributes([.posixPermissions: permissions], ofItemAtPath: path)
}

private func expectNothingLeft(in folder: String) throws { #expect(try contents(of: folder + "/temporary") == []) }

/// Signature, header and end of a PNG file around 2 MB that stand for its pixels.
private func pretendedPNG(width: Int, height: Int) -> [UInt8] {
  var file: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13]
  file += Array("IHDR".utf8)
  for number in [width, height] { withUnsafeBytes(of: UInt32(number).bigEndian) { file += $0 } }
  file += [UInt8](repeating: 0, count: 1 << 21)
  return file + [0, 0, 0, 0] + Array("IEND".utf8) + [0xAE, 0x42, 0x60, 0x82]
}
