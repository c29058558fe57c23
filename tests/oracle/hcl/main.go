// The trees of hashicorp/hcl as text, which ours are compared with: see tests/oracle/hcl.py.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

func q(s string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		panic(err)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func lit(v cty.Value) string {
	if v.IsNull() {
		return "null"
	}
	switch v.Type() {
	case cty.String:
		return q(v.AsString())
	case cty.Number:
		return v.AsBigFloat().Text('g', 15)
	case cty.Bool:
		return fmt.Sprint(v.True())
	}
	return "?"
}

func steps(base string, t hcl.Traversal) string {
	for _, s := range t {
		switch s := s.(type) {
		case hcl.TraverseRoot:
			base = "(var " + s.Name + ")"
		case hcl.TraverseAttr:
			base = "(attr " + base + " " + s.Name + ")"
		case hcl.TraverseIndex:
			base = "(index " + base + " " + lit(s.Key) + ")"
		}
	}
	return base
}

func key(e hclsyntax.Expression) string {
	k := e.(*hclsyntax.ObjectConsKeyExpr)
	if !k.ForceNonLiteral {
		if w := hcl.ExprAsKeyword(k.Wrapped); w != "" {
			return q(w)
		}
	}
	return ex(k.Wrapped)
}

func parts(ps []hclsyntax.Expression) string {
	var b []string
	acc := ""
	has := false
	for _, p := range ps {
		if l, ok := p.(*hclsyntax.LiteralValueExpr); ok && l.Val.Type() == cty.String && !l.Val.IsNull() {
			acc += l.Val.AsString()
			has = true
			continue
		}
		if acc != "" {
			b = append(b, q(acc))
			acc = ""
		}
		b = append(b, ex(p))
	}
	if acc != "" || (has && len(b) == 0) || len(ps) == 0 {
		b = append(b, q(acc))
	}
	if len(b) == 1 && strings.HasPrefix(b[0], "\"") {
		return b[0]
	}
	return "(template " + strings.Join(b, " ") + ")"
}

func ex(e hclsyntax.Expression) string {
	switch e := e.(type) {
	case *hclsyntax.LiteralValueExpr:
		return lit(e.Val)
	case *hclsyntax.ParenthesesExpr:
		return ex(e.Expression)
	case *hclsyntax.ScopeTraversalExpr:
		return steps("", e.Traversal)
	case *hclsyntax.RelativeTraversalExpr:
		return steps(ex(e.Source), e.Traversal)
	case *hclsyntax.IndexExpr:
		return "(index " + ex(e.Collection) + " " + ex(e.Key) + ")"
	case *hclsyntax.AnonSymbolExpr:
		return "item"
	case *hclsyntax.SplatExpr:
		return "(splat " + ex(e.Source) + " " + ex(e.Each) + ")"
	case *hclsyntax.FunctionCallExpr:
		s := "(call " + e.Name
		for _, a := range e.Args {
			s += " " + ex(a)
		}
		if e.ExpandFinal {
			s += " ..."
		}
		return s + ")"
	case *hclsyntax.ConditionalExpr:
		return "(if " + ex(e.Condition) + " " + ex(e.TrueResult) + " " + ex(e.FalseResult) + ")"
	case *hclsyntax.BinaryOpExpr:
		return "(" + ops[e.Op] + " " + ex(e.LHS) + " " + ex(e.RHS) + ")"
	case *hclsyntax.UnaryOpExpr:
		o := "neg"
		if e.Op == hclsyntax.OpLogicalNot {
			o = "!"
		}
		return "(" + o + " " + ex(e.Val) + ")"
	case *hclsyntax.TupleConsExpr:
		s := "(tuple"
		for _, a := range e.Exprs {
			s += " " + ex(a)
		}
		return s + ")"
	case *hclsyntax.ObjectConsExpr:
		s := "(object"
		for _, i := range e.Items {
			s += " (" + key(i.KeyExpr) + " " + ex(i.ValueExpr) + ")"
		}
		return s + ")"
	case *hclsyntax.ForExpr:
		s := "(for " + e.KeyVar + "," + e.ValVar + " " + ex(e.CollExpr) + " "
		if e.KeyExpr != nil {
			s += "key " + ex(e.KeyExpr) + " "
		}
		s += ex(e.ValExpr)
		if e.CondExpr != nil {
			s += " cond " + ex(e.CondExpr)
		}
		if e.Group {
			s += " group"
		}
		return s + ")"
	case *hclsyntax.TemplateExpr:
		return parts(e.Parts)
	case *hclsyntax.TemplateWrapExpr:
		return ex(e.Wrapped)
	case *hclsyntax.TemplateJoinExpr:
		f := e.Tuple.(*hclsyntax.ForExpr)
		return "(tfor " + f.KeyVar + "," + f.ValVar + " " + ex(f.CollExpr) + " " + ex(f.ValExpr) + ")"
	case *hclsyntax.ObjectConsKeyExpr:
		return key(e)
	case *hclsyntax.ExprSyntaxError:
		return "error"
	}
	return fmt.Sprintf("<%T>", e)
}

var ops = map[*hclsyntax.Operation]string{
	hclsyntax.OpLogicalOr: "||", hclsyntax.OpLogicalAnd: "&&", hclsyntax.OpEqual: "==", hclsyntax.OpNotEqual: "!=",
	hclsyntax.OpGreaterThan: ">", hclsyntax.OpGreaterThanOrEqual: ">=", hclsyntax.OpLessThan: "<", hclsyntax.OpLessThanOrEqual: "<=",
	hclsyntax.OpAdd: "+", hclsyntax.OpSubtract: "-", hclsyntax.OpMultiply: "*", hclsyntax.OpDivide: "/", hclsyntax.OpModulo: "%",
}

var source []byte

// place is a line and a column in code points (HCL's own columns count grapheme clusters).
func place(p hcl.Pos) string {
	start := bytes.LastIndexByte(source[:p.Byte], '\n') + 1
	line := source[start:p.Byte]
	if start == 0 {
		line = bytes.TrimPrefix(line, []byte("\uFEFF"))
	}
	return fmt.Sprintf("%d:%d", p.Line, utf8.RuneCount(line)+1)
}

func rng(r hcl.Range) string {
	return place(r.Start) + "-" + place(r.End)
}

func body(b *hclsyntax.Body) string {
	type item struct {
		at int
		s  string
	}
	var items []item
	for _, a := range b.Attributes {
		items = append(items, item{a.SrcRange.Start.Byte, "(" + a.Name + " @" + rng(a.SrcRange) + " " + ex(a.Expr) + ")"})
	}
	for _, k := range b.Blocks {
		s := "(block " + k.Type
		for _, l := range k.Labels {
			s += " " + q(l)
		}
		full := hcl.RangeBetween(k.TypeRange, k.CloseBraceRange)
		items = append(items, item{k.TypeRange.Start.Byte, s + " @" + rng(full) + " " + body(k.Body) + ")"})
	}
	sort.Slice(items, func(i, j int) bool { return items[i].at < items[j].at })
	var ss []string
	for _, i := range items {
		ss = append(ss, i.s)
	}
	return strings.Join(ss, " ")
}

// Each line of standard input is {"text": …, "template": bool} in JSON; each line of the output is the tree, or `refused` and why.
func main() {
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(make([]byte, 1<<20), 1<<28)
	for in.Scan() {
		var given struct {
			Text     string
			Template bool
		}
		if err := json.Unmarshal(in.Bytes(), &given); err != nil {
			panic(err)
		}
		source = []byte(given.Text)
		if given.Template {
			e, d := hclsyntax.ParseTemplate(source, "f", hcl.InitialPos)
			if d.HasErrors() {
				fmt.Fprintln(out, "refused "+d.Errs()[0].Error())
			} else {
				fmt.Fprintln(out, ex(e))
			}
			continue
		}
		f, d := hclsyntax.ParseConfig(source, "f", hcl.InitialPos)
		if d.HasErrors() {
			fmt.Fprintln(out, "refused "+strings.ReplaceAll(d.Errs()[0].Error(), "\n", " "))
			continue
		}
		fmt.Fprintln(out, body(f.Body.(*hclsyntax.Body)))
	}
}
