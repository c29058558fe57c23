provider "aws" {
  region = "eu-west-1"
}
module "b" {
  source   = "./bucket"
  for_each = toset(["eu", "us"])
  name     = "acme-${each.key}"
}
resource "aws_s3_bucket_ownership_controls" "b" {
  for_each = toset(["eu", "us"])
  bucket   = module.b[each.key].id
  rule {
    object_ownership = each.key == "eu" ? "ObjectWriter" : "BucketOwnerEnforced"
  }
}
