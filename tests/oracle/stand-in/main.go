// A stand-in for the AWS provider: stores what is planned in a JSON file that plays the cloud.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"syscall"

	"github.com/hashicorp/terraform-plugin-go/tfprotov5"
	"github.com/hashicorp/terraform-plugin-go/tfprotov5/tf5server"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

// ---- the cloud

type cloudT map[string]map[string]map[string]any // type -> id -> attributes

func cloudPath() string {
	if p := os.Getenv("STAND_IN_CLOUD"); p != "" {
		return p
	}
	return "cloud.json"
}

func withCloud(write bool, f func(c cloudT) error) error {
	p := cloudPath()
	l, err := os.OpenFile(p+".lock", os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return err
	}
	defer l.Close()
	if err := syscall.Flock(int(l.Fd()), syscall.LOCK_EX); err != nil {
		return err
	}
	c := cloudT{}
	if b, err := os.ReadFile(p); err == nil && len(b) > 0 {
		if err := json.Unmarshal(b, &c); err != nil {
			return err
		}
	}
	if err := f(c); err != nil {
		return err
	}
	if write {
		b, _ := json.MarshalIndent(c, "", " ")
		return os.WriteFile(p, b, 0o644)
	}
	return nil
}

func (c cloudT) get(t, id string) map[string]any { return c[t][id] }
func (c cloudT) put(t, id string, v map[string]any) {
	if c[t] == nil {
		c[t] = map[string]map[string]any{}
	}
	c[t][id] = v
}
func (c cloudT) next(prefix string) string {
	n := 0
	if m := c.get("_counter", prefix); m != nil {
		n = int(m["n"].(float64))
	}
	c.put("_counter", prefix, map[string]any{"n": n + 1})
	var back int = n + 1
	c["_counter"][prefix]["n"] = float64(back)
	return fmt.Sprintf("%08x", 0x1a2b3c00+back*7919)
}

// plain turns sets and nested values into JSON-able ones
func plain(v any) any {
	switch x := v.(type) {
	case *schema.Set:
		return plain(x.List())
	case []any:
		out := []any{}
		for _, e := range x {
			out = append(out, plain(e))
		}
		return out
	case map[string]any:
		out := map[string]any{}
		for k, e := range x {
			out[k] = plain(e)
		}
		return out
	}
	return v
}

func normJSON(v any) string {
	s, _ := v.(string)
	if s == "" {
		return s
	}
	var x any
	if json.Unmarshal([]byte(s), &x) != nil {
		return s
	}
	b, _ := json.Marshal(x)
	return string(b)
}

func sameJSON(_, old, new string, _ *schema.ResourceData) bool {
	return normJSON(old) == normJSON(new) && old != ""
}

// ---- provider

type meta struct {
	region, account, partition string
	tags                       map[string]any
}

// Up to version 5 of the provider, no resource has an argument `region`; that of a bucket is known after the apply.
var v6 = os.Getenv("STAND_IN_V5") == ""

func S(o ...func(*schema.Schema)) *schema.Schema {
	s := &schema.Schema{Type: schema.TypeString}
	for _, f := range o {
		f(s)
	}
	return s
}
func opt(s *schema.Schema)   { s.Optional = true }
func req(s *schema.Schema)   { s.Required = true }
func comp(s *schema.Schema)  { s.Computed = true }
func force(s *schema.Schema) { s.ForceNew = true }
func sens(s *schema.Schema)  { s.Sensitive = true }
func boolT(s *schema.Schema) { s.Type = schema.TypeBool }
func intT(s *schema.Schema)  { s.Type = schema.TypeInt }
func mapS(s *schema.Schema) {
	s.Type = schema.TypeMap
	s.Elem = &schema.Schema{Type: schema.TypeString}
}
func setS(s *schema.Schema) {
	s.Type = schema.TypeSet
	s.Elem = &schema.Schema{Type: schema.TypeString}
}
func listS(s *schema.Schema) {
	s.Type = schema.TypeList
	s.Elem = &schema.Schema{Type: schema.TypeString}
}
func def(v any) func(*schema.Schema) {
	return func(s *schema.Schema) { s.Default = v }
}
func list(max int, m map[string]*schema.Schema) func(*schema.Schema) {
	return func(s *schema.Schema) {
		s.Type = schema.TypeList
		s.MaxItems = max
		s.Elem = &schema.Resource{Schema: m}
	}
}
func set(m map[string]*schema.Schema) func(*schema.Schema) {
	return func(s *schema.Schema) { s.Type = schema.TypeSet; s.Elem = &schema.Resource{Schema: m} }
}
func conflicts(n ...string) func(*schema.Schema) {
	return func(s *schema.Schema) { s.ConflictsWith = n }
}
func policyJSON(s *schema.Schema) {
	s.StateFunc = normJSON
	s.DiffSuppressFunc = sameJSON
	s.DiffSuppressOnRefresh = true
	s.ValidateFunc = func(v any, k string) ([]string, []error) {
		var x map[string]any
		if err := json.Unmarshal([]byte(v.(string)), &x); err != nil {
			return nil, []error{fmt.Errorf("%q contains an invalid JSON policy: %s", k, err)}
		}
		return nil, nil
	}
}

type sm = map[string]*schema.Schema

// res builds a managed resource. id gives the id; made sets computed attributes.
type resT struct {
	t      string
	schema sm
	tags   bool
	noReg  bool
	id     func(d *schema.ResourceData, m *meta, c cloudT) string
	made   func(d *schema.ResourceData, m *meta, c cloudT) // on create and update, before it is stored
	read   func(d *schema.ResourceData, m *meta, c cloudT) // on read: computed from the rest of the cloud
	imp    func(d *schema.ResourceData, m *meta, c cloudT) error
}

func (r resT) store(d *schema.ResourceData, c cloudT) {
	out := map[string]any{}
	for k := range r.schema {
		out[k] = plain(d.Get(k))
	}
	c.put(r.t, d.Id(), out)
}

func (r resT) build() *schema.Resource {
	if r.tags {
		r.schema["tags"] = S(opt, mapS)
		r.schema["tags_all"] = S(opt, comp, mapS)
	}
	hasRegion := !r.noReg && (v6 || r.t == "aws_s3_bucket")
	if hasRegion && v6 {
		r.schema["region"] = S(opt, comp)
	} else if hasRegion {
		r.schema["region"] = S(comp)
	}
	upd := false
	for _, s := range r.schema {
		if (s.Optional || s.Required) && !s.ForceNew {
			upd = true
		}
	}
	res := &schema.Resource{Schema: r.schema}
	res.CreateContext = func(_ context.Context, d *schema.ResourceData, mm any) (dg diags) {
		m := mm.(*meta)
		return fail(withCloud(true, func(c cloudT) error {
			d.SetId(r.id(d, m, c))
			if hasRegion && d.Get("region").(string) == "" {
				_ = d.Set("region", m.region)
			}
			if r.made != nil {
				r.made(d, m, c)
			}
			r.store(d, c)
			if r.read != nil {
				r.read(d, m, c)
			}
			return nil
		}))
	}
	if upd {
		res.UpdateContext = func(_ context.Context, d *schema.ResourceData, mm any) (dg diags) {
			m := mm.(*meta)
			return fail(withCloud(true, func(c cloudT) error {
				if r.made != nil {
					r.made(d, m, c)
				}
				r.store(d, c)
				if r.read != nil {
					r.read(d, m, c)
				}
				return nil
			}))
		}
	}
	res.ReadContext = func(_ context.Context, d *schema.ResourceData, mm any) (dg diags) {
		m := mm.(*meta)
		return fail(withCloud(false, func(c cloudT) error {
			got := c.get(r.t, d.Id())
			if got == nil {
				d.SetId("")
				return nil
			}
			for k := range r.schema {
				if x, ok := got[k].(string); ok && x == "" && d.Get(k) == "" {
					continue
				}
				if err := d.Set(k, got[k]); err != nil {
					return fmt.Errorf("%s: %w", k, err)
				}
			}
			if r.read != nil {
				r.read(d, m, c)
			}
			return nil
		}))
	}
	res.DeleteContext = func(_ context.Context, d *schema.ResourceData, _ any) (dg diags) {
		if os.Getenv("STAND_IN_FAIL_DELETE") != "" {
			return fail(fmt.Errorf("not deleted, as asked"))
		}
		return fail(withCloud(true, func(c cloudT) error { delete(c[r.t], d.Id()); return nil }))
	}
	res.Importer = &schema.ResourceImporter{StateContext: schema.ImportStatePassthroughContext}
	tagged, regional := r.tags, !r.noReg
	res.CustomizeDiff = func(_ context.Context, d *schema.ResourceDiff, mm any) error {
		m := mm.(*meta)
		if regional && v6 && d.Get("region").(string) == "" {
			if raw := d.GetRawConfig(); raw.IsKnown() && !raw.IsNull() && raw.GetAttr("region").IsKnown() {
				if err := d.SetNew("region", m.region); err != nil {
					return err
				}
			}
		}
		if tagged {
			if raw := d.GetRawConfig(); raw.IsKnown() && !raw.IsNull() && !raw.GetAttr("tags").IsWhollyKnown() {
				return d.SetNewComputed("tags_all")
			}
			all := map[string]any{}
			for k, v := range m.tags {
				all[k] = v
			}
			for k, v := range d.Get("tags").(map[string]any) {
				all[k] = v
			}
			return d.SetNew("tags_all", all)
		}
		return nil
	}
	return res
}

func str(d *schema.ResourceData, k string) string { s, _ := d.Get(k).(string); return s }

func keyOf(c cloudT, ref string) (string, map[string]any) {
	if i := strings.LastIndex(ref, ":key/"); i >= 0 {
		ref = ref[i+5:]
	}
	if strings.HasPrefix(ref, "alias/") || strings.Contains(ref, ":alias/") {
		if i := strings.Index(ref, ":alias/"); i >= 0 {
			ref = ref[i+1:]
		}
		if a := c.get("aws_kms_alias", ref); a != nil {
			return keyOf(c, a["target_key_id"].(string))
		}
		return "", nil
	}
	for _, t := range []string{"aws_kms_key", "aws_kms_replica_key"} {
		if k := c.get(t, ref); k != nil {
			return ref, k
		}
	}
	return "", nil
}

func main() {
	name := filepath.Base(os.Args[0])
	if strings.Contains(name, "provider-random") {
		serve("registry.terraform.io/hashicorp/random", randomProvider())
		return
	}
	serve("registry.terraform.io/hashicorp/aws", awsProvider())
}

type server struct{ tfprotov5.ProviderServer }

func (s server) functions() map[string]*tfprotov5.Function {
	st := func(n string) *tfprotov5.FunctionParameter {
		return &tfprotov5.FunctionParameter{Name: n, Type: tftypes.String}
	}
	return map[string]*tfprotov5.Function{
		"arn_build":          {Parameters: []*tfprotov5.FunctionParameter{st("partition"), st("service"), st("region"), st("account_id"), st("resource")}, Return: &tfprotov5.FunctionReturn{Type: tftypes.String}},
		"arn_parse":          {Parameters: []*tfprotov5.FunctionParameter{st("arn")}, Return: &tfprotov5.FunctionReturn{Type: arnType}},
		"trim_iam_role_path": {Parameters: []*tfprotov5.FunctionParameter{st("arn")}, Return: &tfprotov5.FunctionReturn{Type: tftypes.String}},
	}
}

var arnType = tftypes.Object{AttributeTypes: map[string]tftypes.Type{"partition": tftypes.String, "service": tftypes.String, "region": tftypes.String, "account_id": tftypes.String, "resource": tftypes.String}}

func (s server) GetProviderSchema(ctx context.Context, r *tfprotov5.GetProviderSchemaRequest) (*tfprotov5.GetProviderSchemaResponse, error) {
	out, err := s.ProviderServer.GetProviderSchema(ctx, r)
	if err == nil {
		out.Functions = s.functions()
	}
	return out, err
}
func (s server) GetFunctions(ctx context.Context, r *tfprotov5.GetFunctionsRequest) (*tfprotov5.GetFunctionsResponse, error) {
	return &tfprotov5.GetFunctionsResponse{Functions: s.functions()}, nil
}
func (s server) CallFunction(ctx context.Context, r *tfprotov5.CallFunctionRequest) (*tfprotov5.CallFunctionResponse, error) {
	args := []string{}
	for _, a := range r.Arguments {
		v, err := a.Unmarshal(tftypes.String)
		if err != nil {
			return nil, err
		}
		var x string
		if err := v.As(&x); err != nil {
			return nil, err
		}
		args = append(args, x)
	}
	var val tftypes.Value
	switch r.Name {
	case "arn_build":
		val = tftypes.NewValue(tftypes.String, "arn:"+strings.Join(args, ":"))
	case "arn_parse":
		p := strings.SplitN(args[0], ":", 6)
		if len(p) < 6 {
			return &tfprotov5.CallFunctionResponse{Error: &tfprotov5.FunctionError{Text: "invalid ARN"}}, nil
		}
		m := map[string]tftypes.Value{}
		for i, n := range []string{"", "partition", "service", "region", "account_id", "resource"} {
			if n != "" {
				m[n] = tftypes.NewValue(tftypes.String, p[i])
			}
		}
		val = tftypes.NewValue(arnType, m)
	case "trim_iam_role_path":
		i, j := strings.Index(args[0], ":role/"), strings.LastIndex(args[0], "/")
		val = tftypes.NewValue(tftypes.String, args[0][:i+6]+args[0][j+1:])
	}
	dv, err := tfprotov5.NewDynamicValue(val.Type(), val)
	if err != nil {
		return nil, err
	}
	return &tfprotov5.CallFunctionResponse{Result: &dv}, nil
}

func serve(addr string, p *schema.Provider) {
	_ = tf5server.Serve(addr, func() tfprotov5.ProviderServer {
		s := schema.NewGRPCProviderServer(p)
		if strings.HasSuffix(addr, "aws") {
			return server{s}
		}
		return s
	})
}

func sorted(m map[string]any) []string {
	out := []string{}
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}
