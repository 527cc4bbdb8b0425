"""pdf.py: a PDF of two pages: text in fonts that it does not bring, a link, an image, a form, an attachment and an outline"""
import sys

BASE = b"/Resources << /Font << /F 5 0 R /G 6 0 R /J 15 0 R >> /XObject << /I 7 0 R >> >> /MediaBox [0 0 200 100]"
def stream(data, more=b""):
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(data), more, data)

objects = [
    b"<< /Type /Catalog /Pages 2 0 R /Outlines 10 0 R /Names << /EmbeddedFiles << /Names [(note.txt) 12 0 R] >> >> >>",
    b"<< /Type /Pages /Kids [3 0 R 4 0 R] /Count 2 >>",
    b"<< /Type /Page /Parent 2 0 R /Contents 8 0 R /Annots [14 0 R] %s >>" % BASE,
    b"<< /Type /Page /Parent 2 0 R /Contents 9 0 R /Rotate 90 %s >>" % BASE,
    b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    b"<< /Type /Font /Subtype /Type1 /BaseFont /Times-Italic /Encoding /WinAnsiEncoding >>",
    stream(bytes(range(0, 192)), b"/Type /XObject /Subtype /Image /Width 8 /Height 8 /BitsPerComponent 8 /ColorSpace /DeviceRGB"),
    stream(b"BT /F 20 Tf 10 60 Td (Gr\xfc\xdfe one) Tj ET q 30 0 0 30 150 10 cm /I Do Q"),
    stream(b"BT /G 20 Tf 10 60 Td (second) Tj /J 20 Tf 0 -40 Td <93FA967B> Tj ET"),
    b"<< /Type /Outlines /First 11 0 R /Last 11 0 R /Count 1 >>",
    b"<< /Title (Chapter) /Parent 10 0 R /Dest [4 0 R /Fit] >>",
    b"<< /Type /Filespec /F (note.txt) /UF (note.txt) /EF << /F 13 0 R >> >>",
    stream(b"attached", b"/Type /EmbeddedFile"),
    b"<< /Type /Annot /Subtype /Link /Rect [10 50 90 80] /A << /S /URI /URI (https://example.org/) >> >>",
    b"<< /Type /Font /Subtype /Type0 /BaseFont /Ryumin-Light /Encoding /90ms-RKSJ-H /DescendantFonts [16 0 R] >>",
    b"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /Ryumin-Light /CIDSystemInfo << /Registry (Adobe) /Ordering (Japan1) /Supplement 2 >> /FontDescriptor 17 0 R >>",
    b"<< /Type /FontDescriptor /FontName /Ryumin-Light /Flags 4 /FontBBox [0 0 1000 1000] /ItalicAngle 0 /Ascent 800 /Descent -200 /CapHeight 700 /StemV 80 >>",
    b"<< /Title (A test) /Author (Ann) /CreationDate (D:20240701120000Z) >>",
]
out, offsets = b"%PDF-1.7\n", []
for number, body in enumerate(objects, 1):
    offsets.append(len(out))
    out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
out += b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R /Info 18 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table, len(objects) + 1, len(out))
sys.stdout.buffer.write(out)
