"""Text that has broken other routers, or could break one."""

from hypothesis import strategies as st

TEXTS = (
    # out of the token, the line, the block
    "x;", "x}", "x{", "x;}evil on;{", 'x"; evil "', "x'; evil '", "x\\", 'x\\"', "#", "x #y", "x\n", "x\r\ny", "\tx", "x\n}\nserver { listen 1; }",
    "x\n    http-request return status 200", "x\n\nbackend evil\n server s 192.0.2.1:80", "}}}}", ";" * 50, "'", '"', "''", "\\", "\\\\", "\\n", "\\'",
    # variables, expressions, templates
    "$x", "${x}", "$request_uri", "${tg_dollar}", "%x", "%%", "%[env(PATH)]", "%[src]", "%5b", "{{7*7}}", "{% include 'x' %}", "{{ x }}", "#{x}",
    "$(id)", "`id`", "~^.*$", "~*.", "!x", "*", "**", "default", "hostnames", "include", "volatile", "include /etc/passwd", "load_module x.so",
    # control characters, separators that Python knows and others do not, and what is no text at all
    "\0", "x\0y", "\x0b", "x\x0by", "\x0c", "\x1b[31mx", "\x1c\x1d\x1e", "\x7f", "\x85", "x\x85y", "\xa0", "\u2028", "x\u2029y", "\u200b", "\ufeff", "\u202ex",
    "\u2066x\u2069", "\ud800", "x\udfff", "\uffff", "\U000e0041", "\x80\x9f",
    # digits and letters that are others than they seem
    "１２", "٣", "१", " 1_0\n", "1_0", "+1", "-1", "1e3", "0x10", "1 ", " 1", "²", "ａ.example.com", "ß.example.com", "K.example.com", "xn--", "xn--a",
    "ſhop.example.com", "İ", "ı.example.com", "x。example。com", "shop.example.com\u3002", "ﬀ.com", "\u0301",
    # addresses, URLs, paths
    "fe80::1%x;}evil/128", "fe80::1%eth0", "::ffff:1.2.3.4", "1.2.3.4:80;", "0x7f.1", "010.0.0.1", "10.0.0.0/8;", "10.0.0.0/33", "1.2.3.4 5.6.7.8",
    "http://x\ny/", "//evil", "/a\nb", "/a b", "/a;b", "/a{b}", '/a"b', "/a'b", "/a$b", "/a%0ab", "/a%", "/a\\b", "/../etc", "/./a", "/a//b", "/~^x", "/a|b|c",
    "/a#b", "/a?b", "/é", "/%zz", "/%2e%2e/", "../../etc/passwd", "..", ".", "/etc/passwd", "unix:/run/x.sock", "127.0.0.1:9090",
    # sizes, lengths, nothing
    "", " ", "   ", ",", ",,,", "=", ":", "|", "-", "_", ".x", "x.", "*.", "*.*", "999999999999999999999", "1k;", "0", "x" * 64, "x" * 300, "a." * 200, "/" * 40,
    "/" + "x/" * 40, "x" * 5000, "," * 3000,
)  # fmt: skip
_ALPHABET = "xa0./:,;{}#\"'\\$%|[]()*~=@!&<>?^`_- \t\n\r\0\x0b\x1b\x7f\x85\xa0\u2028\u2029\u202e\ud800ß１Kſ"


def texts() -> st.SearchStrategy[str]:
    return st.sampled_from(TEXTS) | st.text(_ALPHABET, max_size=12) | st.text(max_size=12)


@st.composite
def about(draw: st.DrawFn, harmless: str) -> str:
    """Hostile text alone, or in the middle of what would be accepted: checks that look at one end only let it through."""
    hostile = draw(texts())
    at = draw(st.sampled_from(["all", "start", "end", "middle"]))
    middle = len(harmless) // 2
    return {
        "all": hostile, "start": hostile + harmless, "end": harmless + hostile, "middle": harmless[:middle] + hostile + harmless[middle:],
    }[at]  # fmt: skip
