"""Go templates for the comparison with kubectl: one a line."""

GOOD = r"""
{{.kind}}
{{.spec.int}} {{.spec.float}} {{.spec.exp}} {{.spec.long}} {{.spec.true}} {{.spec.nil}} {{.spec.text}}
{{.spec.list}} {{.spec.nested}} {{.spec.none}} {{.spec.map}}
{{.nope}} {{.nope.nope}} {{.spec.nope.x.y}}
{{range .spec.words}}<{{.}}>{{end}}
{{range $i, $w := .spec.words}}{{$i}}={{$w}};{{end}}
{{range $k, $v := .metadata.labels}}{{$k}}:{{$v}} {{end}}
{{range .spec.none}}x{{else}}empty{{end}}{{range .nope}}x{{else}}none{{end}}
{{range .spec.list}}[{{.}}]{{end}}
{{range $w := .spec.words}}{{if eq $w "b"}}{{continue}}{{end}}{{if eq $w "d"}}{{break}}{{end}}{{$w}}{{end}}
{{range .spec.words}}{{range $.spec.ints}}{{.}}{{break}}{{end}}{{.}}{{end}}
{{range 3}}{{.}}{{end}}{{range $i := 2}}{{$i}}{{end}}{{range .spec.zero}}x{{else}}zero{{end}}
{{if .spec.true}}yes{{else}}no{{end}}{{if .spec.empty}}yes{{else if .spec.int}}int{{else}}no{{end}}
{{if .spec.nil}}a{{end}}{{if .spec.zero}}b{{end}}{{if .spec.map}}c{{end}}{{if .spec.list}}d{{end}}{{if not .spec.false}}e{{end}}
{{with .spec.nested}}{{.z}}{{.a.b}}{{end}}{{with .nope}}x{{else}}none{{end}}{{with $x := .kind}}{{$x}}{{.}}{{end}}
{{with .nope}}1{{else with .kind}}{{.}}{{else}}3{{end}}
{{$x := 1}}{{$x}}{{$x = 2}}{{$x}}{{if true}}{{$x = 3}}{{$x := 4}}{{$x}}{{end}}{{$x}}
{{/* comment */}}a {{- /* trim */ -}}  b  {{- .kind -}}  c
{{"quoted \"x\" \t\u00e9"}}{{`raw \n`}}{{'a'}}{{1}}{{-2}}{{1.5}}{{0x1F}}{{1e3}}{{true}}{{017}}{{0b11}}{{1_000}}
{{eq .kind "Thing"}} {{eq .kind "a" "b" "Thing"}} {{ne .kind "x"}} {{eq .spec.int 1234567}} {{eq .spec.nope nil}} {{eq .spec.nil nil}}
{{lt 1 2}} {{le 2 2}} {{gt .spec.int 5}} {{ge .spec.float 1.5}} {{lt "a" "b"}} {{eq 1.5 .spec.float}}
{{eq .nope "x"}} {{ne .nope "x"}} {{eq .nope .alsonope}}
{{and .spec.true .kind}} {{and .spec.empty .kind}} {{or .spec.empty .kind}} {{or .nope "default"}} {{not .nope}} {{and 1 0 2}} {{or 0 0}}
{{index .spec.words 1}} {{index .metadata.labels "a.b/c"}} {{index .spec.list 2 "k"}}
{{index .spec.nested "a" "b" 0 "n"}} {{index .spec.map "x"}}
{{index .kind 0}} {{slice .kind 1 3}} {{slice .spec.words 1}} {{slice .spec.words 1 2}} {{len .spec.words}} {{len .kind}} {{len .spec.map}}
{{print "a" 1 2 "b" 3}} {{print 1 2}} {{println "a" 1}}{{printf "%s-%d-%v" .kind .spec.int .spec.words}}
{{printf "%5s|%-5s|%05d|%+d|%x|%X|%q|%v|%T" "ab" "cd" 42 7 255 255 "q\"" true .spec.float}}
{{printf "%.2f %8.3f %e %g %6.2f%%" 3.14159 2.5 1234.5678 0.00001 99.5}} {{printf "%t %c %U %o %b %#x" true 65 233 8 5 255}}
{{printf "%d" "x"}} {{printf "%s" 3}} {{printf "%d"}} {{printf "x" 1 "a"}} {{printf "%z" 1}} {{printf "%v %v" nil .nope}} {{printf "%!"}}
{{printf "%v %+v %#v" .spec.nested .spec.list .spec.nested}} {{printf "%T %T %T %T %T" 1 .spec.int "a" .spec.list .spec.nested}}
{{printf "%x %q %s %6.2v|%-8v|" "hi" .spec.words .spec.words "abcdef" 3}}
{{printf "%*d" 5 42}} {{printf "%08.3f|%+.1e|% d" 3.14159 12345.678 7}}
{{printf "%05s|%05q|%05v|%-05s|%05x|%05T|%05c|%+05d|%05v|%x|% x|%X" "ab" "c" "d" "ab" "hi" 3 65 7 -3 "hé" "hé" "hé"}}
{{printf "%+q|%#q|%#q|%.1q|%.3d|%5.3d|%U|%#U|%10.2e|%G|%6v|%s|%#v" "é" "a" "a`" "bcd" 5 5 233 233 1.5 1e-7 .spec.ints nil nil}}
{{html "<a href='x'>&\"</a>"}} {{js "it's \"<x>\" & = \n"}} {{urlquery "a b&c/d?é~*"}} {{html .nope}} {{.spec.text | html}}
{{.spec.b64 | base64decode}} {{base64decode "aGk="}} {{exists .spec "int"}}
{{exists .spec "nope"}} {{exists .spec "nil"}} {{exists .spec.words 9}}
{{.kind | printf "%s-%s" "x" | len}} {{"a" | print "b" | printf "%q"}} {{(index .spec.words 0) | printf "%s!"}}
{{(index .spec.nested.a.b 1).n}} {{(.spec.nested).z}} {{$.kind}} {{with .spec}}{{$.kind}}{{end}}
{{define "T"}}<{{.}}>{{end}}{{template "T" .kind}}{{template "T" 3}}{{template "T"}}
{{block "B" .kind}}[{{.}}]{{end}} {{define "R"}}{{.n}}{{with .w}}w{{end}}{{end}}{{range .spec.nested.a.b}}{{template "R" .}}{{end}}
{{define "V"}}{{$x := .}}{{$x}}{{$}}{{end}}{{$y := 1}}{{template "V" $y}}
{{range $i, $e := .spec.words}}{{if $i}}, {{end}}{{$e}}{{end}}{{"\n"}}
{{range .spec.nested.a.b}}{{.n}}{{"\t"}}{{.v}}{{"\n"}}{{end}}
{{if and (eq .kind "Thing") (gt (len .spec.words) 3)}}both{{end}}{{if or (not .spec.true) (le 1 2)}}either{{end}}
{{.spec.words | len | printf "%03d"}}{{ 3 | print 2 }}{{print}}{{print nil}}{{println}}
{{$a := index .spec.words 0}}{{$b := print $a "x"}}{{$a}}{{$b}}{{$m := .metadata}}{{$m.name}}{{$m.labels.x}}
{{range $i, $_ := .spec.words -}} {{$i}} {{- end}}|{{range .spec.list}}{{if .}}t{{else}}f{{end}}{{end}}
plain { text } } {{"{{"}} é
{{- "a" -}}
{{range .spec.nested}}{{.}}{{end}} {{range $k, $v := .spec.nested}}{{$k}}{{end}}
{{len (printf "%d items" 3)}} {{slice "hello" 1}} {{index "abc" 1}} {{printf "%c" (index "abc" 1)}}
"""

PARSE_ERRORS = r"""
{{.a
{{
{{}}
{{ }}
{{if}}x{{end}}
{{if .a}}x
{{end}}
{{else}}
{{if .a}}x{{else}}y{{else}}z{{end}}
{{foo}}
{{.a | bar}}
{{$x}}
{{$x := }}
{{"abc}}
{{`abc}}
{{'ab
{{(.a}}
{{.a)}}
{{.a}
{{/* abc
{{/* abc */ x}}
{{range $a, $b, $c := .x}}{{end}}
{{range $a, 1 := .x}}{{end}}
{{if $a, $b := .x}}{{end}}
{{break}}
{{continue}}
{{template}}
{{template .x}}
{{template "x" "y" | 3}}
{{define}}{{end}}
{{define "x"}}
{{define "x"}}{{else}}{{end}}
{{define "x"}}a{{end}}{{define "x"}}b{{end}}
{{block "x"}}{{end}}
{{.a | 3}}
{{.a | "x"}}
{{nil}}
{{3.x}}
{{"x".y}}
{{nil.x}}
{{1a}}
{{.a&b}}
{{#}}
{{.x.}}
{{a:b}}
{{.a := 3}}
{{range .x}}{{end
{{else if .x}}
{{end .x}}
{{.a,}}
{{ . | }}
{{printf "%d" 1,2}}
{{"\q"}}
text {{.a}} {{if .b}}
"""

RUN_ERRORS = r"""
{{.kind.x}}
{{.spec.nil.x}}
{{.spec.int.x.y}}
a{{.kind}}b{{.spec.list.x}}c
{{index .spec.words 9}}
{{index .spec.words 4}}
{{index .spec.words "a"}}
{{index .spec.words nil}}
{{index .spec 1}}
{{index .nope 1}}
{{index .spec.int 1}}
{{index .spec.nil "a"}}
{{len 3}}
{{len .nope}}
{{len .spec.nil}}
{{len nil}}
{{slice .spec.words 3 1}}
{{slice .spec.words 9}}
{{slice 3 1}}
{{slice .kind 1 2 3}}
{{eq 1 "a"}}
{{eq .spec.int 1.5}}
{{eq .spec.list .spec.list}}
{{eq .spec.map .spec.list}}
{{eq .kind}}
{{eq}}
{{lt 1 "a"}}
{{lt true false}}
{{lt .nope 1}}
{{lt .spec.list 1}}
{{not}}
{{not 1 2}}
{{range .kind}}{{end}}
{{range .spec.float}}{{end}}
{{range true}}{{end}}
{{range $a, $b := 3}}{{end}}
{{template "nope"}}
{{template "nope" .kind}}
{{base64decode 3}}
{{base64decode .spec.int}}
{{base64decode .nope}}
{{base64decode "!!"}}
{{base64decode "abc"}}
{{base64decode "aGVsbG8"}}
{{base64decode nil}}
{{printf 3}}
{{printf}}
{{printf .nope}}
{{call .kind}}
{{call .nope}}
{{.kind "x"}}
{{.kind.x "y"}}
{{3 | .kind}}
{{"x" "y"}}
{{. 3}}
{{$ 3}}
{{$x := .kind}}{{$x.y}}
{{(.kind).x}}
{{(index .spec.words 0).x}}
{{with .kind}}{{.x}}{{end}}
{{range .spec.words}}{{.x}}{{end}}
{{range $w := .spec.words}}{{$w.x}}{{end}}
{{define "T"}}{{.x.y}}{{end}}{{template "T" .kind}}
{{.spec.words.x.yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy}}
{{if .kind.x}}{{end}}
{{if eq .kind.x 1}}{{end}}
{{99999999999999999999}}
{{and .kind.x 1}}
{{or .kind.x 1}}
{{nil | print}}
{{print (nil)}}
"""


def lines(text: str) -> list[str]:
    """Return the templates of a text."""
    return [line for line in text.split("\n") if line]
